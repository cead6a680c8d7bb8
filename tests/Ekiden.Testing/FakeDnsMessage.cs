using System.Buffers.Binary;
using System.Globalization;
using System.Net;
using System.Text;

namespace Ekiden.Testing;

/// <summary>
/// The wire form of what <see cref="FakeDnsServer"/> reads and writes: RFC 1035 §4.1, names never compressed.
/// </summary>
internal sealed class FakeDnsMessage
{
    private const int MaxUdp = 1232;

    private static readonly Dictionary<ushort, string> Types = new()
    {
        [1] = "A",
        [5] = "CNAME",
        [6] = "SOA",
        [12] = "PTR",
        [15] = "MX",
        [16] = "TXT",
        [28] = "AAAA",
        [52] = "TLSA",
    };

    private readonly List<byte> _bytes = [];
    private byte[] _question = [];
    private ushort _id;

    /// <summary>The name asked for, without a trailing dot.</summary>
    internal string Name { get; private set; } = "";

    /// <summary>The type asked for: its word, or its number.</summary>
    internal string Type { get; private set; } = "";

    internal static FakeDnsMessage ReadQuery(byte[] query)
    {
        var labels = new List<string>();
        var position = 12;
        for (; query[position] != 0; position += query[position] + 1)
            labels.Add(Encoding.ASCII.GetString(query, position + 1, query[position]));
        var type = BinaryPrimitives.ReadUInt16BigEndian(query.AsSpan(position + 1));
        return new FakeDnsMessage
        {
            Name = string.Join('.', labels),
            Type = Types.GetValueOrDefault(type, type.ToString(CultureInfo.InvariantCulture)),
            _question = query[12..(position + 5)],
            _id = BinaryPrimitives.ReadUInt16BigEndian(query),
        };
    }

    /// <summary>The response; null for none.</summary>
    internal byte[]? Answer(FakeDnsZone zone, bool isTcp, bool isAuthenticated)
    {
        var answers = new List<(string Name, FakeDnsRecord Record)>();
        var name = Name;
        while (true)
        {
            var lines = zone.Find(name);
            var special = lines.FirstOrDefault(line => line.IsSpecial && (line.Type == Type || line.Type == "*"));
            if (special is not null) return AnswerSpecially(special.Data, isTcp);
            if (lines.Count == 0) return Write(3, answers, isAuthenticated, withStart: true);
            var matching = lines.Where(line => line.Type == Type).ToList();
            answers.AddRange(matching.Select(line => (name, line)));
            var alias = lines.FirstOrDefault(line => line.Type == "CNAME");
            // a chain that turns round is sent once through: the resolver has to notice
            if (matching.Count > 0 || alias is null || answers.Count > 20) break;
            answers.Add((name, alias));
            name = alias.Data.TrimEnd('.');
        }
        var hasData = answers.Any(answer => answer.Record.Type == Type) || answers.Count > 20;
        var response = Write(0, answers, isAuthenticated, withStart: !hasData);
        return isTcp || response.Length <= MaxUdp
            ? response
            : Write(0, [], isAuthenticated, withStart: false, isCut: true);
    }

    private byte[]? AnswerSpecially(string word, bool isTcp) => word switch
    {
        "!TIMEOUT" => null,
        "!SERVFAIL" => Write(2, [], false, withStart: false),
        "!NXDOMAIN" => Write(3, [], false, withStart: true),
        "!REFUSED" => Write(5, [], false, withStart: false),
        "!TRUNCATED" => isTcp ? null : Write(0, [], false, withStart: false, isCut: true),
        "!MALFORMED" => Write(0, [("x", new FakeDnsRecord("A", "192.0.2.1", TimeSpan.Zero))], false, false)[..^3],
        _ => throw new ArgumentException($"Not an answer: {word}", nameof(word)),
    };

    private byte[] Write(
        int code, List<(string Name, FakeDnsRecord Record)> answers, bool isAuthenticated, bool withStart,
        bool isCut = false)
    {
        _bytes.Clear();
        Add16(_id);
        Add16(0x8180 | (isCut ? 0x0200 : 0) | (isAuthenticated ? 0x0020 : 0) | code);
        Add16(1);
        Add16(answers.Count);
        Add16(withStart ? 1 : 0);
        Add16(0);
        _bytes.AddRange(_question);
        foreach (var (name, record) in answers) AddRecord(name, record.Type, record.TimeToLive, () => AddData(record));
        if (withStart)
        {
            AddRecord("test", "SOA", TimeSpan.FromMinutes(5), () =>
            {
                AddName("ns.test");
                AddName("postmaster.test");
                foreach (var number in (uint[])[1, 3600, 600, 86400, 300]) Add32(number);
            });
        }
        return [.. _bytes];
    }

    private void AddRecord(string name, string type, TimeSpan timeToLive, Action data)
    {
        AddName(name);
        Add16(Types.First(known => known.Value == type).Key);
        Add16(1);
        Add32((uint)timeToLive.TotalSeconds);
        var start = _bytes.Count;
        Add16(0);
        data();
        var length = _bytes.Count - start - 2;
        (_bytes[start], _bytes[start + 1]) = ((byte)(length >> 8), (byte)length);
    }

    private void AddData(FakeDnsRecord record)
    {
        var parts = record.Data.Split(' ');
        switch (record.Type)
        {
            case "A" or "AAAA":
                _bytes.AddRange(IPAddress.Parse(record.Data).GetAddressBytes());
                break;
            case "MX":
                Add16(int.Parse(parts[0], CultureInfo.InvariantCulture));
                AddName(parts[1]);
                break;
            case "TXT":
                foreach (var chunk in Encoding.UTF8.GetBytes(record.Data).Chunk(255))
                {
                    _bytes.Add((byte)chunk.Length);
                    _bytes.AddRange(chunk);
                }
                break;
            case "TLSA":
                // fewer numbers than three: a record that is too short
                _bytes.AddRange(parts.Take(3).Select(part => byte.Parse(part, CultureInfo.InvariantCulture)));
                if (parts.Length > 3) _bytes.AddRange(Convert.FromHexString(parts[3]));
                break;
            default:
                AddName(record.Data);
                break;
        }
    }

    private void AddName(string name)
    {
        foreach (var label in name.TrimEnd('.').Split('.', StringSplitOptions.RemoveEmptyEntries))
        {
            _bytes.Add((byte)label.Length);
            _bytes.AddRange(Encoding.ASCII.GetBytes(label));
        }
        _bytes.Add(0);
    }

    private void Add16(int value)
    {
        _bytes.Add((byte)(value >> 8));
        _bytes.Add((byte)value);
    }

    private void Add32(uint value)
    {
        Add16((int)(value >> 16));
        Add16((int)(value & 0xFFFF));
    }
}
