using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[server]</c>: who this server is and where it keeps its data.</summary>
public sealed record ServerSettings
{
    /// <summary>Where data goes when nothing else is said.</summary>
    public const string UsualDataDirectory = "/var/lib/ekiden";

    /// <summary>
    /// <c>host_name</c>: what EHLO, the banner and <c>Received:</c> say; lower-case A-labels. Default: the machine's
    /// name.
    /// </summary>
    public required string HostName { get; init; }

    /// <summary>
    /// <c>data_directory</c>, as an absolute path; a relative one is taken from the settings file's folder.
    /// </summary>
    public required string DataDirectory { get; init; }

    /// <summary>
    /// <c>accept_volatile_storage</c>: data may be in memory or on a network file system, where it may be lost.
    /// Default: no.
    /// </summary>
    public bool AcceptsVolatileStorage { get; init; }

    /// <summary><c>received</c>: how much our <c>Received:</c> field tells. Default: <c>full</c>.</summary>
    public ReceivedDetail Received { get; init; } = ReceivedDetail.Full;

    /// <summary><c>log_format</c>: how log lines look on standard output. Default: <c>auto</c>.</summary>
    public LogFormat LogFormat { get; init; } = LogFormat.Auto;

    internal static ServerSettings Read(SettingsSection section, string folder)
    {
        var hostName = section.Find("host_name", SettingsForms.Domain);
        if (!section.Has("host_name"))
            section.Warn("host_name", $"is missing; {MachineName} is used, which receivers may not accept");
        else if (hostName is not null && !hostName.Contains('.', StringComparison.Ordinal))
            section.Warn("host_name", "is not a full name, which receivers may not accept: RFC 5321 §2.3.5");
        var settings = new ServerSettings
        {
            HostName = hostName ?? MachineName,
            DataDirectory = Path.GetFullPath(
                section.Get("data_directory", SettingsForms.Text, UsualDataDirectory), folder),
            AcceptsVolatileStorage = section.Get("accept_volatile_storage", SettingsForms.Flag, false),
            Received = section.Get("received", SettingsForms.OneOf(
                ("full", ReceivedDetail.Full), ("minimal", ReceivedDetail.Minimal)), ReceivedDetail.Full),
            LogFormat = section.Get("log_format", SettingsForms.OneOf(
                ("auto", LogFormat.Auto), ("text", LogFormat.Text), ("json", LogFormat.Json)), LogFormat.Auto),
        };
        section.Finish();
        return settings;
    }

    private static string MachineName =>
        Mail.DomainName.TryNormalize(Environment.MachineName, out var name) ? name : "localhost";
}

/// <summary>How much our <c>Received:</c> field tells.</summary>
public enum ReceivedDetail
{
    /// <summary>Everything RFC 5321 §4.4 asks for.</summary>
    Full,

    /// <summary>No address or name of a signed-in or trusted client: inside networks stay inside.</summary>
    Minimal,
}

/// <summary>How log lines look.</summary>
public enum LogFormat
{
    /// <summary>Text on a terminal, JSON elsewhere.</summary>
    Auto,

    /// <summary>For people.</summary>
    Text,

    /// <summary>One JSON object a line.</summary>
    Json,
}
