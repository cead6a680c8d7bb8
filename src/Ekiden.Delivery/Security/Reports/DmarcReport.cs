using System.Collections.Immutable;

namespace Ekiden.Delivery.Security.Reports;

/// <summary>What a receiver saw of mail from a domain: RFC 9990 §3, or as in RFC 7489 appendix C.</summary>
/// <remarks>Words are the report's own, in lower case; null where it does not say.</remarks>
public sealed record DmarcReport
{
    /// <summary>Who reports.</summary>
    public string? Organization { get; init; }

    /// <summary>Whom to ask.</summary>
    public string? Email { get; init; }

    /// <summary>Chosen by the reporter; not empty.</summary>
    public required string Id { get; init; }

    /// <summary>The first moment it speaks of.</summary>
    public required DateTimeOffset Start { get; init; }

    /// <summary>The last moment it speaks of.</summary>
    public required DateTimeOffset End { get; init; }

    /// <summary>The domain that it is about, in lower case.</summary>
    public required string Domain { get; init; }

    /// <summary>The policy of the domain: none, quarantine, reject.</summary>
    public string? Policy { get; init; }

    /// <summary>The policy of names below it.</summary>
    public string? SubdomainPolicy { get; init; }

    /// <summary>What was seen.</summary>
    public ImmutableArray<DmarcRow> Rows { get; init; } = [];
}

/// <summary>Messages from one address with the same results.</summary>
public sealed record DmarcRow
{
    /// <summary>From where they came.</summary>
    public required string SourceAddress { get; init; }

    /// <summary>How many.</summary>
    public long Messages { get; init; }

    /// <summary>What was done with them: none, pass, quarantine, reject.</summary>
    public string? Disposition { get; init; }

    /// <summary>DKIM, aligned: pass or fail.</summary>
    public string? Dkim { get; init; }

    /// <summary>SPF, aligned: pass or fail.</summary>
    public string? Spf { get; init; }

    /// <summary>Why something else was done than the policy asks.</summary>
    public ImmutableArray<string> Reasons { get; init; } = [];

    /// <summary>The domain of From.</summary>
    public string? HeaderFrom { get; init; }

    /// <summary>The domain of the envelope's sender.</summary>
    public string? EnvelopeFrom { get; init; }

    /// <summary>Each check that was made.</summary>
    public ImmutableArray<DmarcCheck> Checks { get; init; } = [];
}

/// <summary>One signature, or the SPF check of one name.</summary>
/// <param name="Method"><c>dkim</c> or <c>spf</c>.</param>
/// <param name="Domain">Whose.</param>
/// <param name="Selector">Of a signature; null when it does not say.</param>
/// <param name="Result">Such as pass, fail, softfail, none.</param>
public sealed record DmarcCheck(string Method, string? Domain, string? Selector, string? Result);
