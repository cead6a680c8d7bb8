using System.Globalization;
using System.Net;

namespace Ekiden.Testing;

/// <summary>
/// The answers of the fake resolver and the fake name server: lines such as <c>d.test MX 10 mx.d.test</c>.
/// </summary>
/// <remarks>
/// Types: MX, A, AAAA, TXT, TLSA (three numbers and hexadecimal), PTR, CNAME. Instead of data: <c>!SERVFAIL</c>,
/// <c>!TIMEOUT</c>, <c>!REFUSED</c>, <c>!NXDOMAIN</c>, <c>!TRUNCATED</c>, <c>!MALFORMED</c>; type <c>*</c> is every
/// type then. A name without any line does not exist. <c>@word</c> as an address stands for one given to <see
/// cref="Parse"/>. An optional <c>[ttl]</c> in seconds stands behind the name; 300 without.
/// </remarks>
public sealed class FakeDnsZone
{
    private readonly Dictionary<string, List<FakeDnsRecord>> _names = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Reads lines; <paramref name="addresses"/> are the values of <c>@word</c>.</summary>
    public static FakeDnsZone Parse(IEnumerable<string> lines, params (string Word, IPAddress Address)[] addresses)
    {
        var zone = new FakeDnsZone();
        foreach (var line in lines.SelectMany(text => text.Split('\n')).Select(text => text.Trim()))
            if (line.Length > 0) zone.Add(line, addresses);
        return zone;
    }

    /// <summary>Every line of a name; empty when it does not exist.</summary>
    public IReadOnlyList<FakeDnsRecord> Find(string name) =>
        _names.TryGetValue(name.TrimEnd('.'), out var records) ? records : [];

    /// <summary>Adds one record as it is, blanks at its ends included.</summary>
    public void Add(string name, FakeDnsRecord record)
    {
        if (!_names.TryGetValue(name, out var records)) _names[name] = records = [];
        records.Add(record);
    }

    private void Add(string line, (string Word, IPAddress Address)[] addresses)
    {
        var parts = line.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var (name, rest) = (parts[0].TrimEnd('.'), parts[1]);
        var seconds = 300;
        if (rest.StartsWith('['))
        {
            var end = rest.IndexOf(']', StringComparison.Ordinal);
            seconds = int.Parse(rest[1..end], CultureInfo.InvariantCulture);
            rest = rest[(end + 1)..].TrimStart();
        }
        parts = rest.Split(' ', 2, StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var data = parts.Length > 1 ? parts[1] : "";
        foreach (var (word, address) in addresses)
            if (data == "@" + word) data = address.ToString();
        Add(name, new FakeDnsRecord(parts[0].ToUpperInvariant(), data, TimeSpan.FromSeconds(seconds)));
    }
}

/// <summary>One line of a <see cref="FakeDnsZone"/> without its name.</summary>
public sealed record FakeDnsRecord(string Type, string Data, TimeSpan TimeToLive)
{
    /// <summary>A way to fail in place of data: <c>!SERVFAIL</c> and the like.</summary>
    public bool IsSpecial => Data.StartsWith('!');
}
