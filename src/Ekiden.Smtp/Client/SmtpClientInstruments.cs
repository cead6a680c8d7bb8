using System.Diagnostics.Metrics;

namespace Ekiden.Smtp.Client;

/// <summary>What the client counts.</summary>
internal static class SmtpClientInstruments
{
    private static readonly Meter Meter = new("Ekiden.Smtp.Client");

    /// <summary>Connections given up because clear bytes followed the reply to STARTTLS. Any is an alert.</summary>
    public static readonly Counter<long> StartTlsInjections =
        Meter.CreateCounter<long>("ekiden_starttls_injection", "{connection}");

    /// <summary>Connections made again in clear because opportunistic TLS failed.</summary>
    public static readonly Counter<long> TlsFallbacks =
        Meter.CreateCounter<long>("ekiden_smtp_client_tls_fallbacks", "{connection}");
}
