using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[limits]</c> of SMTP sessions; defaults and reasons: reliability.md §5.</summary>
public sealed record LimitsSettings
{
    /// <summary><c>max_message</c>: bytes of content. Default: 25 MiB.</summary>
    public long MaxMessage { get; init; } = 25 * 1024 * 1024;

    /// <summary><c>max_line</c>: octets of a data line without its CRLF, 998 to 65,536. Default: 998.</summary>
    public int MaxLine { get; init; } = 998;

    /// <summary><c>max_recipients</c> of one transaction, at least 100 (RFC 5321 §4.5.3.1.8). Default: 1,000.</summary>
    public int MaxRecipients { get; init; } = 1_000;

    /// <summary><c>max_transactions</c> of one connection. Default: 1,000.</summary>
    public int MaxTransactions { get; init; } = 1_000;

    /// <summary><c>errors_close</c>: the error of this number ends a session. Default: 20.</summary>
    public int ErrorsClose { get; init; } = 20;

    /// <summary>
    /// <c>bare_newline_silence</c>: how long a client may be silent after a bare CR or LF. Default: 10 s.
    /// </summary>
    public TimeSpan BareNewlineSilence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary><c>banner_delay</c> for clients that talk too early. Default: none.</summary>
    public TimeSpan BannerDelay { get; init; } = TimeSpan.Zero;

    /// <summary><c>command_timeout</c>. Default: 5 minutes.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary><c>data_timeout</c> of the whole of DATA. Default: 30 minutes.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary><c>auth_failures_per_minute</c> from one address; 0: no limit. Default: 10.</summary>
    public int AuthFailuresPerMinute { get; init; } = 10;

    internal static LimitsSettings Read(SettingsSection section)
    {
        var usual = new LimitsSettings();
        var settings = new LimitsSettings
        {
            MaxMessage = section.Get("max_message", SettingsForms.Size, usual.MaxMessage),
            MaxLine = section.Get("max_line", SettingsForms.Whole(998, 65_536), usual.MaxLine),
            MaxRecipients = section.Get("max_recipients", SettingsForms.Whole(1, 1_000_000), usual.MaxRecipients),
            MaxTransactions = section.Get("max_transactions", SettingsForms.Whole(1), usual.MaxTransactions),
            ErrorsClose = section.Get("errors_close", SettingsForms.Whole(1), usual.ErrorsClose),
            BareNewlineSilence = section.Get("bare_newline_silence", SettingsForms.Duration, usual.BareNewlineSilence),
            BannerDelay = section.Get("banner_delay", SettingsForms.Duration, usual.BannerDelay),
            CommandTimeout = section.Get("command_timeout", SettingsForms.Duration, usual.CommandTimeout),
            DataTimeout = section.Get("data_timeout", SettingsForms.Duration, usual.DataTimeout),
            AuthFailuresPerMinute = section.Get(
                "auth_failures_per_minute", SettingsForms.Whole(0), usual.AuthFailuresPerMinute),
        };
        if (settings.MaxRecipients < 100)
            section.Warn("max_recipients", "clients may count on 100: RFC 5321 §4.5.3.1.8");
        if (settings.CommandTimeout == TimeSpan.Zero) section.Error("command_timeout", "must be longer than nothing");
        if (settings.DataTimeout == TimeSpan.Zero) section.Error("data_timeout", "must be longer than nothing");
        section.Finish();
        return settings;
    }
}
