using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Security;

/// <summary>What a connection to one host must have: the strictest of route, DANE and MTA-STS.</summary>
/// <param name="Level">How much TLS.</param>
/// <param name="Policy">The policy that says so.</param>
internal sealed record HostSecurity(TlsLevel Level, PolicyKind Policy)
{
    /// <summary>TLSA records decide over the certificate; null: chain and name.</summary>
    public ICertificateJudge? Judge { get; init; }

    /// <summary>What would be wrong with the certificate is noted, without a consequence.</summary>
    public bool NotesCertificate { get; init; }

    /// <summary>A policy of mode testing does not name this host: to be reported only.</summary>
    public bool IsUnnamed { get; init; }

    /// <summary>The settings alone decide.</summary>
    public static HostSecurity Of(TlsLevel level) => new(level, PolicyKind.None);
}

/// <summary>Which policy a result belongs to: <c>policy-type</c> of RFC 8460 §4.4.</summary>
internal enum PolicyKind : byte
{
    /// <summary><c>no-policy-found</c>.</summary>
    None,

    /// <summary><c>sts</c>.</summary>
    Sts,

    /// <summary><c>tlsa</c>.</summary>
    Tlsa,
}

/// <summary>Whether a host may be connected to, and how.</summary>
internal abstract record HostVerdict
{
    private HostVerdict() { } // closed: every case is below

    /// <summary>Connect.</summary>
    public sealed record Connect(HostSecurity Security) : HostVerdict;

    /// <summary>Not now: the mail waits, or goes to another host.</summary>
    /// <param name="Outcome">For those who wait when no host is left.</param>
    /// <param name="Policy">Which policy forbids it.</param>
    public sealed record Refuse(DeliveryOutcome.Deferred Outcome, PolicyKind Policy) : HostVerdict;
}
