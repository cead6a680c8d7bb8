using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;

namespace Ekiden.Delivery.Security.MtaSts;

/// <summary>
/// Reads the body of <c>/.well-known/mta-sts.txt</c> by the grammar of RFC 8461 §3.2; what is not in it makes the
/// policy invalid.
/// </summary>
internal sealed class StsPolicyParser
{
    private const int MaxDigits = 10;

    private static readonly SearchValues<char> LabelCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyz0123456789-");

    private readonly ImmutableArray<string>.Builder _hosts = ImmutableArray.CreateBuilder<string>();
    private readonly HashSet<string> _seen = new(StringComparer.Ordinal);
    private StsMode? _mode;
    private TimeSpan? _maxAge;

    private StsPolicyParser() { }

    /// <summary>The policy, or in a few words why it is none.</summary>
    public static bool TryParse(
        ReadOnlySpan<byte> body, [NotNullWhen(true)] out StsPolicy? policy, [NotNullWhen(false)] out string? why)
    {
        policy = null;
        var reader = new StsPolicyParser();
        why = reader.Read(body);
        if (why is not null) return false;
        policy = reader.ToPolicy();
        return true;
    }

    private string? Read(ReadOnlySpan<byte> body)
    {
        string text;
        try
        {
            text = new UTF8Encoding(false, throwOnInvalidBytes: true).GetString(body);
        }
        catch (DecoderFallbackException)
        {
            return "not UTF-8";
        }
        // every line but the last ends in LF or CRLF; the last may
        if (text.EndsWith('\n')) text = text[..^1];
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range);
            if (line.EndsWith('\r')) line = line[..^1];
            if (ReadLine(line.TrimEnd(" \t")) is { } why) return why;
        }
        return Missing();
    }

    private string? ReadLine(ReadOnlySpan<char> line)
    {
        var colon = line.IndexOf(':');
        if (colon < 1) return "a line that is no field";
        var name = line[..colon].ToString();
        var value = line[(colon + 1)..].TrimStart(" \t");
        // RFC 8461 §3.2: of a field that stands twice the first counts; mx alone may be repeated
        var isFirst = _seen.Add(name);
        if (name == "mx") return ReadHost(value) ? null : "an mx that is no host name";
        if (!isFirst) return null;
        return name switch
        {
            "version" => value is "STSv1" ? null : "another version",
            "mode" => ReadMode(value) ? null : "an unknown mode",
            "max_age" => ReadAge(value) ? null : "a max_age that is no number",
            _ => IsExtension(name, value) ? null : "a malformed field",
        };
    }

    private string? Missing()
    {
        if (!_seen.Contains("version")) return "no version";
        if (_mode is null) return "no mode";
        if (_maxAge is null) return "no max_age";
        return _mode != StsMode.None && _hosts.Count == 0 ? "no mx" : null;
    }

    private StsPolicy ToPolicy() => new(_mode ?? StsMode.None, _hosts.ToImmutable(), _maxAge ?? TimeSpan.Zero);

    private bool ReadMode(ReadOnlySpan<char> value)
    {
        _mode = value switch
        {
            "enforce" => StsMode.Enforce,
            "testing" => StsMode.Testing,
            "none" => StsMode.None,
            _ => null,
        };
        return _mode is not null;
    }

    private bool ReadAge(ReadOnlySpan<char> value)
    {
        if (value.Length is 0 or > MaxDigits) return false;
        if (!long.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)) return false;
        var age = TimeSpan.FromSeconds(seconds);
        _maxAge = age < StsPolicy.LongestAge ? age : StsPolicy.LongestAge;
        return true;
    }

    private bool ReadHost(ReadOnlySpan<char> value)
    {
        var host = value.ToString().ToLowerInvariant();
        if (!IsHostName(host.StartsWith("*.", StringComparison.Ordinal) ? host.AsSpan(2) : host)) return false;
        _hosts.Add(host);
        return true;
    }

    // Domain of RFC 5321 §4.1.2: no empty label, none that begins or ends with a hyphen.
    private static bool IsHostName(ReadOnlySpan<char> name)
    {
        if (name.Length is 0 or > 253) return false;
        foreach (var range in name.Split('.'))
        {
            var label = name[range];
            if (label.Length is 0 or > 63 || label[0] == '-' || label[^1] == '-') return false;
            if (label.ContainsAnyExcept(LabelCharacters)) return false;
        }
        return true;
    }

    private static bool IsExtension(string name, ReadOnlySpan<char> value)
    {
        if (!StsRecord.IsName(name) || value.IsEmpty) return false;
        foreach (var character in value)
            if (char.IsControl(character)) return false;
        return true;
    }
}
