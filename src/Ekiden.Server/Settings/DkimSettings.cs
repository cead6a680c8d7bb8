using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[dkim]</c>: how mail is signed.</summary>
public sealed record DkimSettings
{
    /// <summary>
    /// <c>signature_lifetime</c>: how long a signature holds (<c>x=</c>), at least a day; null: without an end.
    /// </summary>
    public TimeSpan? SignatureLifetime { get; init; }

    /// <summary>
    /// <c>second_domain</c>: a sender domain of the operator that signs beside the author's; null: none.
    /// </summary>
    public string? SecondDomain { get; init; }

    /// <summary>
    /// <c>rotate_every</c>: keys are followed by new ones after so long, at least a day; null: by command only.
    /// </summary>
    public TimeSpan? RotateEvery { get; init; }

    internal static DkimSettings Read(SettingsSection section)
    {
        var settings = new DkimSettings
        {
            SignatureLifetime = section.FindValue("signature_lifetime", SettingsForms.Duration),
            SecondDomain = section.Find("second_domain", SettingsForms.Domain),
            RotateEvery = section.FindValue("rotate_every", SettingsForms.Duration),
        };
        section.Finish();
        CheckDay(section, "signature_lifetime", settings.SignatureLifetime);
        CheckDay(section, "rotate_every", settings.RotateEvery);
        return settings;
    }

    private static void CheckDay(SettingsSection section, string key, TimeSpan? value)
    {
        if (value < TimeSpan.FromDays(1)) section.Error(key, "expected at least a day (\"1d\")");
    }
}
