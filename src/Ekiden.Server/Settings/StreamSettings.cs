using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>One <c>[[stream]]</c> beside the built-in <c>transactional</c> and <c>bulk</c>.</summary>
public sealed record StreamSettings
{
    /// <summary><c>name</c>, unique; naming a built-in one changes it.</summary>
    public required string Name { get; init; }

    /// <summary><c>kind</c> is <c>bulk</c>; otherwise <c>transactional</c>, which is the default.</summary>
    public bool IsBulk { get; init; }

    /// <summary><c>pool</c> that its mail leaves from; null: the default sources.</summary>
    public string? Pool { get; init; }

    /// <summary><c>expires_after</c>: its mail's lifetime; null: <c>[delivery] lifetime</c>.</summary>
    public TimeSpan? ExpiresAfter { get; init; }

    internal static StreamSettings? Read(SettingsSection section, IReadOnlyCollection<string> pools)
    {
        var name = section.Require("name", SettingsForms.Text);
        var pool = section.Find("pool", SettingsForms.Text);
        var settings = new StreamSettings
        {
            Name = name ?? "",
            IsBulk = section.Get("kind", SettingsForms.OneOf(("transactional", false), ("bulk", true)), name == "bulk"),
            Pool = pool,
            ExpiresAfter = section.FindValue("expires_after", SettingsForms.Duration),
        };
        if (pool is not null && !pools.Contains(pool))
            section.Error("pool", $"there is no [[pool]] with the name \"{pool}\"");
        section.NotYet("name", "all mail is in one stream until there are streams");
        section.Finish();
        return name is null ? null : settings;
    }
}
