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

    /// <summary>
    /// <c>smtp_return_path</c>: mail that came by SMTP keeps its return path (<c>keep</c>, the default), or gets one on
    /// the bounce domain as mail of the API does (<c>rewrite</c>).
    /// </summary>
    public bool RewritesSmtp { get; init; }

    internal static BounceSettings Read(SettingsSection section)
    {
        var settings = new BounceSettings
        {
            Domain = section.Find("domain", SettingsForms.Domain),
            Language = section.Get("language", SettingsForms.OneOf(
                ("en", DsnLanguage.English), ("ja", DsnLanguage.Japanese), ("both", DsnLanguage.Both)),
                DsnLanguage.Both),
            RewritesSmtp = section.Get(
                "smtp_return_path", SettingsForms.OneOf(("keep", false), ("rewrite", true)), false),
        };
        if (settings is { Domain: null, RewritesSmtp: true })
            section.Warn("smtp_return_path", "has no effect without [bounce] domain");
        section.Finish();
        return settings;
    }
}
