using System.Collections.Immutable;
using System.Text;
using DnsClient;
using DnsClient.Protocol;

namespace Ekiden.Dns;

/// <summary>Finds in one response what was asked for, along its CNAME records.</summary>
internal static class AnswerReader
{
    private static readonly TimeSpan MinTimeToLive = TimeSpan.FromSeconds(30);
    private static readonly TimeSpan MaxTimeToLive = TimeSpan.FromDays(1);
    private static readonly TimeSpan MaxNegative = TimeSpan.FromMinutes(15);
    private static readonly TimeSpan UnsaidNegative = TimeSpan.FromMinutes(1); // no SOA: RFC 2308 §2.2 type 3

    /// <summary>
    /// Reads a response. Null: it ends in an alias whose target it says nothing about, now in <paramref name="chain"/>.
    /// </summary>
    internal static DnsAnswer<T>? Read<T>(
        DnsTransport.Reply.Answer reply, AliasChain chain, Func<DnsResourceRecord, T?> read)
        where T : class
    {
        chain.Hear(reply.IsAuthenticated);
        var answers = reply.Response.Answers;
        while (FindAlias(answers, chain.Name) is { } alias)
        {
            if (!chain.TryFollow(Trim(alias.CanonicalName), TimeSpan.FromSeconds(alias.InitialTimeToLive)))
                return new DnsAnswer<T>.Failed(DnsFailure.Malformed, "too many CNAME records, or a loop");
        }
        var records = ImmutableArray.CreateBuilder<T>();
        var timeToLive = chain.TimeToLive;
        foreach (var answer in answers)
        {
            if (!IsNamed(answer, chain.Name) || read(answer) is not { } record) continue;
            records.Add(record);
            timeToLive = Min(timeToLive, TimeSpan.FromSeconds(answer.InitialTimeToLive));
        }
        if (records.Count > 0)
        {
            var kept = Clamp(timeToLive, MaxTimeToLive);
            return new DnsAnswer<T>.Found(records.ToImmutable(), kept, chain.IsAuthenticated)
            {
                Alias = chain.HasMoved ? chain.Name : null,
            };
        }

        var start = FindStart(reply.Response);
        var negative = Clamp(Min(chain.TimeToLive, NegativeTimeToLive(start)), MaxNegative);
        if (reply.Response.Header.ResponseCode == DnsHeaderResponseCode.NotExistentDomain)
            return new DnsAnswer<T>.NoSuchDomain(negative, chain.IsAuthenticated);
        return start is null && chain.HasMoved ? null : new DnsAnswer<T>.NoData(negative, chain.IsAuthenticated);
    }

    internal static string Trim(DnsString name) => OnWire(name).TrimEnd('.').ToLowerInvariant();

    // DnsClient shows A-labels as U-labels too: in Value of questions and owners, in Original of names in their data.
    private static string OnWire(DnsString name) => Ascii.IsValid(name.Value) ? name.Value : name.Original;

    private static CNameRecord? FindAlias(IReadOnlyList<DnsResourceRecord> answers, string name)
    {
        foreach (var answer in answers)
            if (answer is CNameRecord alias && IsNamed(alias, name)) return alias;
        return null;
    }

    private static SoaRecord? FindStart(IDnsQueryResponse response)
    {
        foreach (var record in response.Authorities)
            if (record is SoaRecord start) return start;
        return null;
    }

    // RFC 2308 §5: the lesser of the SOA's own and its MINIMUM field.
    private static TimeSpan NegativeTimeToLive(SoaRecord? start) => start is null
        ? UnsaidNegative
        : TimeSpan.FromSeconds(Math.Min((uint)start.InitialTimeToLive, start.Minimum));

    private static bool IsNamed(DnsResourceRecord record, string name) =>
        OnWire(record.DomainName).AsSpan().TrimEnd('.').Equals(name, StringComparison.OrdinalIgnoreCase);

    private static TimeSpan Clamp(TimeSpan value, TimeSpan most) =>
        value < MinTimeToLive ? MinTimeToLive : value > most ? most : value;

    private static TimeSpan Min(TimeSpan one, TimeSpan other) => one < other ? one : other;
}
