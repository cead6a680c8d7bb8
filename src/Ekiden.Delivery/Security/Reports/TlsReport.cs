using System.Collections.Immutable;

namespace Ekiden.Delivery.Security.Reports;

/// <summary>How the TLS of one sender's connections to a domain went in a day: RFC 8460 §4.</summary>
public sealed record TlsReport
{
    /// <summary>Who reports; null when it does not say.</summary>
    public string? Organization { get; init; }

    /// <summary>Whom to ask; null when it does not say.</summary>
    public string? Contact { get; init; }

    /// <summary>Chosen by the reporter; not empty.</summary>
    public required string Id { get; init; }

    /// <summary>The first moment it speaks of.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The last moment it speaks of; not before <see cref="Start"/>.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>What happened under each policy of the domain.</summary>
    public ImmutableArray<TlsReportPolicy> Policies { get; init; } = [];
}

/// <summary>What happened under one policy: RFC 8460 §4.2.</summary>
public sealed record TlsReportPolicy
{
    /// <summary><c>tlsa</c>, <c>sts</c>, <c>no-policy-found</c>, or a type that came later.</summary>
    public required string Type { get; init; }

    /// <summary>The domain whose policy it is, in lower case.</summary>
    public required string Domain { get; init; }

    /// <summary>The lines of the policy, or the TLSA records.</summary>
    public ImmutableArray<string> Text { get; init; } = [];

    /// <summary>The hosts that an MTA-STS policy names.</summary>
    public ImmutableArray<string> Hosts { get; init; } = [];

    /// <summary>Sessions that went as the policy asks.</summary>
    public long Successes { get; init; }

    /// <summary>Sessions that did not.</summary>
    public long Failures { get; init; }

    /// <summary>Those failures, by kind and host; they need not add up to <see cref="Failures"/>.</summary>
    public ImmutableArray<TlsReportFailure> Details { get; init; } = [];
}

/// <summary>Sessions that failed in the same way: RFC 8460 §4.3.</summary>
public sealed record TlsReportFailure
{
    /// <summary>Such as <c>starttls-not-supported</c> or <c>certificate-expired</c>.</summary>
    public required string Type { get; init; }

    /// <summary>How many.</summary>
    public long Sessions { get; init; }

    /// <summary>The sender's address; null when it does not say.</summary>
    public string? SendingAddress { get; init; }

    /// <summary>The receiving host's name; null when it does not say.</summary>
    public string? ReceivingHost { get; init; }

    /// <summary>The receiving host's address; null when it does not say.</summary>
    public string? ReceivingAddress { get; init; }

    /// <summary>What the receiving host said in EHLO; null when it does not say.</summary>
    public string? ReceivingHelo { get; init; }

    /// <summary>Where to read more; null when it does not say.</summary>
    public string? Information { get; init; }

    /// <summary>The error in the reporter's words; null when it does not say.</summary>
    public string? ReasonCode { get; init; }
}
