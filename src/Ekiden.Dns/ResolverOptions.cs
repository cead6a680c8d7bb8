using System.Collections.Immutable;
using System.Net;

namespace Ekiden.Dns;

/// <summary>How <see cref="DnsResolver"/> asks: the defaults are reliability §5.2 and I-R4.</summary>
public sealed record ResolverOptions
{
    /// <summary>Whom to ask, in order: <c>[dns] servers</c>; empty takes the system's.</summary>
    public ImmutableArray<IPEndPoint> Servers { get; init; } = [];

    /// <summary>
    /// <c>[dns] dnssec = "trust-ad"</c>: a resolver on a loopback address validates (reliability I-R5).
    /// </summary>
    public bool TrustAuthenticatedData { get; init; } = true;

    /// <summary>For one try.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>Tries in all, taking turns among the servers.</summary>
    public int Tries { get; init; } = 3;

    /// <summary>For all tries of one question, and all names that its CNAMEs lead to.</summary>
    public TimeSpan TotalTimeout { get; init; } = TimeSpan.FromSeconds(20);

    /// <summary>Answers kept; when it is full, those not used for longest go; 0 keeps none.</summary>
    public int MaxCachedAnswers { get; init; } = 100_000;

    /// <summary>Questions on the wire at a time, each with a socket of its own; more wait.</summary>
    public int MaxQuestions { get; init; } = 256;
}
