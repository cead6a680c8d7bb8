using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using Ekiden.Dns;

namespace Ekiden.Testing;

/// <summary>
/// A resolver that answers from zone text at once and remembers what it was asked, such as <c>d.test MX</c>.
/// </summary>
public sealed class FakeResolver(FakeDnsZone zone) : IResolver
{
    private readonly ConcurrentQueue<string> _questions = new();

    /// <summary>A resolver for these lines: <see cref="FakeDnsZone"/>.</summary>
    public FakeResolver(params string[] lines) : this(FakeDnsZone.Parse(lines)) { }

    /// <summary>What is answered; may be replaced between two questions.</summary>
    public FakeDnsZone Zone { get; set; } = zone;

    /// <summary>Every question so far, in order.</summary>
    public IReadOnlyCollection<string> Questions => _questions;

    /// <summary>Answers carry the AD bit.</summary>
    public bool IsAuthenticated { get; set; }

    /// <summary>Names whose answers do not carry it all the same.</summary>
    public ConcurrentDictionary<string, bool> Unsigned { get; } = new(StringComparer.OrdinalIgnoreCase);

    /// <inheritdoc/>
    public bool IsDown { get; set; }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<MxRecord>> FindMxAsync(string domain, CancellationToken cancel)
    {
        var answer = Answer(domain, "MX", data =>
        {
            var parts = data.Split(' ');
            var preference = int.Parse(parts[0], CultureInfo.InvariantCulture);
            return new MxRecord(preference, parts[1].TrimEnd('.').ToLowerInvariant());
        });
        if (answer is DnsAnswer<MxRecord>.Found found)
            answer = found with { Records = [.. found.Records.OrderBy(record => record.Preference)] };
        return new(answer);
    }

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> FindIPv4Async(string host, CancellationToken cancel) =>
        new(Answer(host, "A", IPAddress.Parse));

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<IPAddress>> FindIPv6Async(string host, CancellationToken cancel) =>
        new(Answer(host, "AAAA", IPAddress.Parse));

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindTextAsync(string name, CancellationToken cancel) =>
        new(Answer(name, "TXT", data => data));

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<TlsaRecord>> FindTlsaAsync(string name, CancellationToken cancel) =>
        new(Answer(name, "TLSA", data =>
        {
            var parts = data.Split(' ');
            var numbers = parts.Take(3).Select(part => byte.Parse(part, CultureInfo.InvariantCulture)).ToArray();
            return new TlsaRecord(numbers[0], numbers[1], numbers[2], [.. Convert.FromHexString(parts[3])]);
        }));

    /// <inheritdoc/>
    public ValueTask<DnsAnswer<string>> FindNamesAsync(IPAddress address, CancellationToken cancel) =>
        new(Answer(ReverseName.Of(address), "PTR", data => data.TrimEnd('.').ToLowerInvariant()));

    private DnsAnswer<T> Answer<T>(string name, string type, Func<string, T> read)
    {
        _questions.Enqueue($"{name} {type}");
        var asked = name;
        var isAuthenticated = IsAuthenticated;
        for (var hops = 0; hops <= 8; hops++)
        {
            var lines = Zone.Find(name);
            isAuthenticated &= !Unsigned.ContainsKey(name);
            var failure = lines.FirstOrDefault(line => line.IsSpecial && (line.Type == type || line.Type == "*"));
            if (failure is not null) return Fail<T>(failure.Data);
            if (lines.Count == 0) return new DnsAnswer<T>.NoSuchDomain(TimeSpan.FromMinutes(5), isAuthenticated);
            var matching = lines.Where(line => line.Type == type).ToList();
            if (matching.Count > 0)
            {
                var timeToLive = matching.Min(line => line.TimeToLive);
                var records = matching.Select(line => read(line.Data));
                return new DnsAnswer<T>.Found([.. records], timeToLive, isAuthenticated)
                {
                    Alias = name == asked ? null : name.TrimEnd('.').ToLowerInvariant(),
                };
            }
            if (lines.FirstOrDefault(line => line.Type == "CNAME") is not { } alias)
                return new DnsAnswer<T>.NoData(TimeSpan.FromMinutes(5), isAuthenticated);
            name = alias.Data;
        }
        return new DnsAnswer<T>.Failed(DnsFailure.Malformed, "more than 8 CNAME records in a row");
    }

    private DnsAnswer<T> Fail<T>(string word) => word switch
    {
        "!SERVFAIL" => new DnsAnswer<T>.Failed(DnsFailure.ServerFailure, "SERVFAIL"),
        "!REFUSED" => new DnsAnswer<T>.Failed(DnsFailure.Refused, "REFUSED"),
        "!TIMEOUT" => new DnsAnswer<T>.Failed(DnsFailure.Timeout, "no answer in time"),
        "!TRUNCATED" => new DnsAnswer<T>.Failed(DnsFailure.Truncated, "the answer was cut"),
        "!MALFORMED" => new DnsAnswer<T>.Failed(DnsFailure.Malformed, "the answer cannot be read"),
        "!NXDOMAIN" => new DnsAnswer<T>.NoSuchDomain(TimeSpan.FromMinutes(5), IsAuthenticated),
        _ => throw new ArgumentException($"Not an answer: {word}", nameof(word)),
    };
}
