using System.Buffers;
using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.MailAuth.Spf;

/// <summary>
/// Reads records: the grammar of RFC 7208 §12. A mistake anywhere in a record is a mistake of the whole (§4.6).
/// </summary>
internal sealed class SpfRecordParser
{
    private const string Version = "v=spf1";

    private static readonly SearchValues<char> AddressCharacters = SearchValues.Create("0123456789abcdefABCDEF:.");

    private readonly ImmutableArray<SpfDirective>.Builder _directives = ImmutableArray.CreateBuilder<SpfDirective>();
    private MacroString? _redirect;
    private MacroString? _explanation;

    private SpfRecordParser() { }

    /// <summary>Is this TXT record one of SPF? The version, then a blank or the end: §4.5.</summary>
    internal static bool IsRecord(string text) =>
        text.StartsWith(Version, StringComparison.OrdinalIgnoreCase)
        && (text.Length == Version.Length || text[Version.Length] == ' ');

    /// <summary>Reads a text that <see cref="IsRecord"/>; false names the first term that is wrong.</summary>
    internal static bool TryParse(string text, [NotNullWhen(true)] out SpfRecord? record, out string wrongTerm)
    {
        record = null;
        var parser = new SpfRecordParser();
        var rest = text.AsSpan(Version.Length);
        foreach (var range in rest.Split(' '))
        {
            var term = rest[range];
            if (term.IsEmpty || parser.TryAdd(term)) continue;
            wrongTerm = term.ToString();
            return false;
        }
        record = new SpfRecord(parser._directives.ToImmutable(), parser._redirect, parser._explanation);
        wrongTerm = "";
        return true;
    }

    private bool TryAdd(ReadOnlySpan<char> term)
    {
        var equals = term.IndexOf('=');
        if (equals > 0 && IsName(term[..equals])) return TryAddModifier(term[..equals], term[(equals + 1)..]);
        var result = term[0] switch
        {
            '-' => SpfResult.Fail,
            '~' => SpfResult.SoftFail,
            '?' => SpfResult.Neutral,
            _ => SpfResult.Pass,
        };
        var mechanism = term[0] is '-' or '~' or '?' or '+' ? term[1..] : term;
        if (ReadMechanism(mechanism) is not { } read) return false;
        _directives.Add(new SpfDirective(result, read, term.ToString()));
        return true;
    }

    // name = ALPHA *( ALPHA / DIGIT / "-" / "_" / "." )
    private static bool IsName(ReadOnlySpan<char> text)
    {
        if (!char.IsAsciiLetter(text[0])) return false;
        foreach (var character in text)
            if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_' or '.')) return false;
        return true;
    }

    // Either of the two known ones may stand once: §6.
    private bool TryAddModifier(ReadOnlySpan<char> name, ReadOnlySpan<char> value)
    {
        if (Is(name, "redirect")) return _redirect is null && MacroParser.TryReadDomain(value, out _redirect);
        if (Is(name, "exp")) return _explanation is null && MacroParser.TryReadDomain(value, out _explanation);
        return MacroParser.IsMacroString(value);
    }

    private static SpfMechanism? ReadMechanism(ReadOnlySpan<char> text)
    {
        var end = text.IndexOfAny(':', '/');
        var name = end < 0 ? text : text[..end];
        var rest = end < 0 ? [] : text[end..];
        if (Is(name, "all")) return rest.IsEmpty ? new SpfMechanism.All() : null;
        if (Is(name, "include")) return ReadDomain(rest) is { } domain ? new SpfMechanism.Include(domain) : null;
        if (Is(name, "exists")) return ReadDomain(rest) is { } domain ? new SpfMechanism.Exists(domain) : null;
        if (Is(name, "ip4")) return ReadNetwork(rest, AddressFamily.InterNetwork);
        if (Is(name, "ip6")) return ReadNetwork(rest, AddressFamily.InterNetworkV6);
        if (Is(name, "ptr"))
        {
            if (rest.IsEmpty) return new SpfMechanism.Pointer(null);
            return ReadDomain(rest) is { } domain ? new SpfMechanism.Pointer(domain) : null;
        }
        if (!Is(name, "a") && !Is(name, "mx")) return null;
        if (!TryCutPrefixes(ref rest, out var prefix)) return null;
        MacroString? target = null;
        if (!rest.IsEmpty && (target = ReadDomain(rest)) is null) return null;
        return Is(name, "a") ? new SpfMechanism.Address(target, prefix) : new SpfMechanism.Exchanger(target, prefix);
    }

    private static MacroString? ReadDomain(ReadOnlySpan<char> rest) =>
        rest is [':', ..] && MacroParser.TryReadDomain(rest[1..], out var domain) ? domain : null;

    private static SpfMechanism.Network? ReadNetwork(ReadOnlySpan<char> rest, AddressFamily family)
    {
        if (rest is not [':', ..]) return null;
        rest = rest[1..];
        var most = family == AddressFamily.InterNetwork ? 32 : 128;
        var prefix = most;
        if (rest.IndexOf('/') is var slash and >= 0)
        {
            if (!TryReadPrefix(rest[(slash + 1)..], most, out prefix)) return null;
            rest = rest[..slash];
        }
        // the framework also reads 1.2, 01.2.3.4, 0x1 and fe80::1%3
        if (rest.ContainsAnyExcept(AddressCharacters)) return null;
        if (!IPAddress.TryParse(rest, out var address) || address.AddressFamily != family) return null;
        if (family == AddressFamily.InterNetwork && !rest.SequenceEqual(address.ToString())) return null;
        return new SpfMechanism.Network(address, prefix);
    }

    // dual-cidr-length at the end: "/24", "//64" or "/24//64"; a slash may also stand in a domain
    private static bool TryCutPrefixes(ref ReadOnlySpan<char> rest, out PrefixLengths prefix)
    {
        var (ipv4, ipv6) = (32, 128);
        prefix = default;
        if (CountDigits(rest) is var six and > 0 && rest[..^six].EndsWith("//"))
        {
            if (!TryReadPrefix(rest[^six..], 128, out ipv6)) return false;
            rest = rest[..^(six + 2)];
        }
        if (CountDigits(rest) is var four and > 0 && rest[..^four] is [.., '/'])
        {
            if (!TryReadPrefix(rest[^four..], 32, out ipv4)) return false;
            rest = rest[..^(four + 1)];
        }
        prefix = new PrefixLengths(ipv4, ipv6);
        return true;
    }

    private static int CountDigits(ReadOnlySpan<char> text) =>
        text.Length - 1 - text.LastIndexOfAnyExceptInRange('0', '9');

    // no leading zeros: §12
    private static bool TryReadPrefix(ReadOnlySpan<char> text, int most, out int prefix)
    {
        prefix = 0;
        if (text.Length is 0 or > 3 || (text[0] == '0' && text.Length > 1)) return false;
        foreach (var digit in text)
        {
            if (!char.IsAsciiDigit(digit)) return false;
            prefix = (prefix * 10) + (digit - '0');
        }
        return prefix <= most;
    }

    private static bool Is(ReadOnlySpan<char> name, string word) =>
        name.Equals(word, StringComparison.OrdinalIgnoreCase);
}
