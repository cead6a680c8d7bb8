using System.Collections.Immutable;

namespace Ekiden.Dns;

/// <summary>What the name service said to one question.</summary>
public abstract record DnsAnswer<T>
{
    private DnsAnswer() { } // closed: every case is below

    /// <summary>There are records.</summary>
    /// <param name="Records">At least one.</param>
    /// <param name="TimeToLive">How long they may be kept: 30 s to 1 day.</param>
    /// <param name="IsAuthenticated">
    /// A validating resolver on this host vouches for them (the AD bit, reliability I-R5); needed for DANE.
    /// </param>
    public sealed record Found(ImmutableArray<T> Records, TimeSpan TimeToLive, bool IsAuthenticated) : DnsAnswer<T>
    {
        /// <summary>The name that has the records, when CNAMEs led to it; null: the one that was asked for.</summary>
        public string? Alias { get; init; }
    }

    /// <summary>The name exists, without a record of this type: NOERROR, RFC 2308 §2.2.</summary>
    /// <param name="TimeToLive">How long that may be believed: 30 s to 15 min.</param>
    /// <param name="IsAuthenticated">As in <see cref="Found"/>.</param>
    public sealed record NoData(TimeSpan TimeToLive, bool IsAuthenticated) : DnsAnswer<T>;

    /// <summary>The name does not exist: NXDOMAIN, RFC 2308 §2.1.</summary>
    /// <param name="TimeToLive">How long that may be believed: 30 s to 15 min.</param>
    /// <param name="IsAuthenticated">As in <see cref="Found"/>.</param>
    public sealed record NoSuchDomain(TimeSpan TimeToLive, bool IsAuthenticated) : DnsAnswer<T>;

    /// <summary>Nobody knows: try again later, and conclude nothing.</summary>
    /// <param name="Reason">What went wrong.</param>
    /// <param name="Why">In a few words, for logs and notices.</param>
    public sealed record Failed(DnsFailure Reason, string Why) : DnsAnswer<T>;
}

/// <summary>Why there is no answer. All of them are temporary.</summary>
public enum DnsFailure : byte
{
    /// <summary>SERVFAIL, which is also what a validating resolver says to bogus data.</summary>
    ServerFailure,

    /// <summary>REFUSED, or another response code that is neither NOERROR nor NXDOMAIN.</summary>
    Refused,

    /// <summary>No answer in time, or no server to ask.</summary>
    Timeout,

    /// <summary>The answer was cut, and TCP gave no whole one.</summary>
    Truncated,

    /// <summary>
    /// The answer cannot be read, does not fit the question, or is a CNAME chain that is too long or a loop.
    /// </summary>
    Malformed,
}
