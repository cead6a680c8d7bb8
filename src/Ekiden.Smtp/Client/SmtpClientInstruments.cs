using System.Diagnostics.Metrics;

namespace Ekiden.Smtp.Client;

/// <summary>What the client counts.</summary>
internal static class SmtpClientInstruments
{
    private static readonly Meter Meter = new("Ekiden.Smtp.Client");

    /// <summary>
    /// Connections given up because clear bytes followed the reply to STARTTLS. Alert on any: an attack.
    /// </summary>
    public static readonly Counter<long> StartTlsInjections =
        Meter.CreateCounter<long>("ekiden_smtp_client_starttls_injections", "{connection}");

    /// <summary>Connections made again in clear because opportunistic TLS failed.</summary>
    public static readonly Counter<long> TlsFallbacks =
        Meter.CreateCounter<long>("ekiden_smtp_client_tls_fallbacks", "{connection}");
}
