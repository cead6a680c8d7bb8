using System.Net;
using DnsClient;
using DnsClient.Protocol;

namespace Ekiden.Dns;

/// <summary>
/// The resolver of the server: asks name servers, keeps answers for their time, and asks one question once however many
/// wait for it.
/// </summary>
/// <remarks>
/// DnsClient hides one thing: a record of a known type with impossible data (a TLSA of fewer than 3 bytes) makes it
/// give up the whole response. That is <see cref="DnsFailure.Malformed"/> here: the host waits, nothing is taken for
/// absent.
/// </remarks>
public sealed class DnsResolver : IResolver, IDisposable
{
    private const int MaxExchangers = 20; // reliability I-R4
    private const int MaxNames = 10;

    private static readonly TimeSpan FailureTimeToLive = TimeSpan.FromSeconds(5); // RFC 9520 §3.2: 1 s to 5 min

    private readonly ResolverOptions _options;
    private readonly DnsTransport _transport;
    private readonly DnsCache _cache;
    private readonly TimeProvider _clock;
    private readonly Lock _lock = new();
    private readonly Dictionary<DnsKey, Task> _underWay = [];
    private readonly CancellationTokenSource _stopping = new();

    /// <summary>A resolver; its cache is empty.</summary>
    public DnsResolver(ResolverOptions options, TimeProvider clock)
    {
        _options = options;
        _clock = clock;
        _transport = new DnsTransport(options);
        _cache = new DnsCache(clock, options.MaxCachedAnswers);
        Health = new ResolverHealth(clock);
    }

    /// <summary>How the name servers do.</summary>
    public ResolverHealth Health { get; }

    /// <inheritdoc/>
    public bool IsDown => Health.IsDown;

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string domain, CancellationToken cancel) =>
        await FindAsync(domain, QueryType.MX, MaxExchangers, ReadMx, cancel);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<IPAddress>> FindIPv4Async(string host, CancellationToken cancel) =>
        await FindAsync(host, QueryType.A, int.MaxValue, record => (record as ARecord)?.Address, cancel);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<IPAddress>> FindIPv6Async(string host, CancellationToken cancel) =>
        await FindAsync(host, QueryType.AAAA, int.MaxValue, record => (record as AaaaRecord)?.Address, cancel);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<string>> FindTextAsync(string name, CancellationToken cancel) =>
        await FindAsync(name, QueryType.TXT, int.MaxValue, ReadText, cancel);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancel) =>
        await FindAsync(name, QueryType.TLSA, int.MaxValue, ReadTlsa, cancel);

    /// <inheritdoc/>
    public async ValueTask<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancel) =>
        await FindAsync(ReverseName.Of(address), QueryType.PTR, MaxNames, ReadPointer, cancel);

    /// <summary>Ends questions under way; those who wait for them get <see cref="DnsAnswer{T}.Failed"/>.</summary>
    public void Dispose()
    {
        _stopping.Cancel();
        _transport.Dispose();
        _stopping.Dispose();
    }

    private static MxRecord? ReadMx(DnsResourceRecord record) =>
        record is DnsClient.Protocol.MxRecord mx ? new MxRecord(mx.Preference, AnswerReader.Trim(mx.Exchange)) : null;

    private static string? ReadText(DnsResourceRecord record) =>
        record is TxtRecord text ? string.Concat(text.Text) : null;

    private static string? ReadPointer(DnsResourceRecord record) =>
        record is PtrRecord pointer ? AnswerReader.Trim(pointer.PtrDomainName) : null;

    private static TlsaRecord? ReadTlsa(DnsResourceRecord record) => record is DnsClient.Protocol.TlsaRecord tlsa
        ? new TlsaRecord((byte)tlsa.CertificateUsage, (byte)tlsa.Selector, (byte)tlsa.MatchingType,
            [.. tlsa.CertificateAssociationData])
        : null;

    private async Task<DnsAnswer<T>> FindAsync<T>(
        string name, QueryType type, int most, Func<DnsResourceRecord, T?> read, CancellationToken cancel)
        where T : class
    {
        if (!IsQueryable(name)) return new DnsAnswer<T>.NoSuchDomain(TimeSpan.FromMinutes(15), IsAuthenticated: false);
        var key = new DnsKey(name.ToLowerInvariant(), type);
        if (_cache.Find(key) is DnsAnswer<T> kept) return kept;

        var mine = new TaskCompletionSource<DnsAnswer<T>>(TaskCreationOptions.RunContinuationsAsynchronously);
        bool isFirst;
        Task? shared;
        lock (_lock)
        {
            isFirst = !_underWay.TryGetValue(key, out shared);
            // an answer is kept before its question leaves this table: it may have come since we looked
            if (isFirst && _cache.Find(key) is DnsAnswer<T> fresh) return fresh;
            if (isFirst) _underWay.Add(key, mine.Task);
        }
        // never fails: whatever happens ends in the shared task
        if (isFirst) _ = AnswerAllAsync(key, mine, most, read);
        return await ((Task<DnsAnswer<T>>?)shared ?? mine.Task).WaitAsync(cancel);
    }

    // Not bound to the one who asked first: others may still wait when that one has given up.
    private async Task AnswerAllAsync<T>(
        DnsKey key, TaskCompletionSource<DnsAnswer<T>> waiting, int most, Func<DnsResourceRecord, T?> read)
        where T : class
    {
        try
        {
            var answer = Cut(await AskAsync(key, read), most);
            Health.Record(key.Name, answer is not DnsAnswer<T>.Failed);
            _cache.Add(key, answer, TimeToLive(answer));
            lock (_lock) _underWay.Remove(key);
            waiting.SetResult(answer);
        }
        catch (Exception trouble)
        {
            lock (_lock) _underWay.Remove(key);
            waiting.SetException(trouble); // our own: those who wait throw it
        }
    }

    private async Task<DnsAnswer<T>> AskAsync<T>(DnsKey key, Func<DnsResourceRecord, T?> read)
        where T : class
    {
        using var deadline = new CancellationTokenSource(_options.TotalTimeout, _clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, _stopping.Token);
        var chain = new AliasChain(key.Name);
        try
        {
            while (true)
            {
                var reply = await _transport.AskAsync(key with { Name = chain.Name }, either.Token);
                if (reply is DnsTransport.Reply.Failure(var reason, var why))
                    return new DnsAnswer<T>.Failed(reason, why);
                if (AnswerReader.Read((DnsTransport.Reply.Answer)reply, chain, read) is { } answer) return answer;
                if (!IsQueryable(chain.Name))
                    return new DnsAnswer<T>.Failed(DnsFailure.Malformed, "an alias leads to an impossible name");
            }
        }
        catch (OperationCanceledException) when (either.IsCancellationRequested)
        {
            return new DnsAnswer<T>.Failed(DnsFailure.Timeout, "no answer in time");
        }
    }

    private static DnsAnswer<T> Cut<T>(DnsAnswer<T> answer, int most)
    {
        if (answer is not DnsAnswer<T>.Found found) return answer;
        var records = found.Records;
        if (typeof(T) == typeof(MxRecord))
            records = [.. records.OrderBy(record => ((MxRecord)(object)record!).Preference)]; // never null: just read
        return found with { Records = records.Length > most ? records[..most] : records };
    }

    private static TimeSpan TimeToLive<T>(DnsAnswer<T> answer) => answer switch
    {
        DnsAnswer<T>.Found found => found.TimeToLive,
        DnsAnswer<T>.NoData none => none.TimeToLive,
        DnsAnswer<T>.NoSuchDomain none => none.TimeToLive,
        _ => FailureTimeToLive,
    };

    // What fits the wire. Most names are made of letters, digits, hyphens and underscores; SPF macros put anything
    // printable into them (RFC 7208 §7.3).
    private static bool IsQueryable(string name)
    {
        if (name.Length is 0 or > 253 || name.AsSpan().ContainsAnyExceptInRange(' ', '~')) return false;
        foreach (var range in name.AsSpan().Split('.'))
            if (range.End.Value - range.Start.Value is 0 or > 63) return false;
        return true;
    }
}
