using Ekiden.Server.Settings.Reading;

namespace Ekiden.Server.Settings;

/// <summary><c>[bounce]</c>: the return path and our notices.</summary>
public sealed record BounceSettings
{
    /// <summary>
    /// <c>domain</c>: where bounces of our mail come back to; null: return paths are kept as they are.
    /// </summary>
    public string? Domain { get; init; }

    /// <summary><c>language</c> of our notices. Default: both.</summary>
    public NoticeLanguage Language { get; init; } = NoticeLanguage.Both;

    internal static BounceSettings Read(SettingsSection section)
    {
        var settings = new BounceSettings
        {
            Domain = section.Find("domain", SettingsForms.Domain),
            Language = section.Get("language", SettingsForms.OneOf(
                ("en", NoticeLanguage.English), ("ja", NoticeLanguage.Japanese), ("both", NoticeLanguage.Both)),
                NoticeLanguage.Both),
        };
        section.NotYet("domain", "return paths are kept until they can be rewritten");
        section.Finish();
        return settings;
    }
}

/// <summary>The language of the part of a notice that people read.</summary>
public enum NoticeLanguage
{
    /// <summary>English, then Japanese.</summary>
    Both,

    /// <summary>English.</summary>
    English,

    /// <summary>Japanese.</summary>
    Japanese,
}
