using Ekiden.Mail.Dsn;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[bounce]</c>: the return path and our notices.</summary>
public sealed record BounceSettings
{
    /// <summary>
    /// <c>domain</c>: where bounces of our mail come back to; null: return paths are kept as they are.
    /// </summary>
    public string? Domain { get; init; }

    /// <summary><c>language</c> of our notices. Default: both.</summary>
    public DsnLanguage Language { get; init; } = DsnLanguage.Both;

    internal static BounceSettings Read(SettingsSection section)
    {
        var settings = new BounceSettings
        {
            Domain = section.Find("domain", SettingsForms.Domain),
            Language = section.Get("language", SettingsForms.OneOf(
                ("en", DsnLanguage.English), ("ja", DsnLanguage.Japanese), ("both", DsnLanguage.Both)),
                DsnLanguage.Both),
        };
        section.NotYet("domain", "return paths are kept until they can be rewritten");
        section.Finish();
        return settings;
    }
}
