using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ekiden.MailAuth.Spf;

/// <summary>What the macro letters stand for in one check, and the expansion: RFC 7208 §7.2 and §7.3.</summary>
/// <param name="Client">Never IPv4-mapped.</param>
/// <param name="Helo">The name of HELO or EHLO.</param>
/// <param name="LocalPart">Of the sender; <c>postmaster</c> when it has none.</param>
/// <param name="SenderDomain">Of the sender.</param>
/// <param name="Receiver">The name of the host that checks.</param>
/// <param name="Now">When the check began.</param>
internal sealed record MacroValues(
    IPAddress Client, string Helo, string LocalPart, string SenderDomain, string Receiver, DateTimeOffset Now)
{
    private const int MaxDomain = 253;

    /// <summary>The validated name of the client for the domain being checked; set before it is needed.</summary>
    internal string ClientName { get; set; } = "unknown";

    /// <summary>A name to look up: its first labels go until it fits 253 characters.</summary>
    internal string ExpandDomain(MacroString text, string domain)
    {
        var name = Expand(text, domain).AsSpan();
        if (name is [.., '.']) name = name[..^1];
        while (name.Length > MaxDomain && name.IndexOf('.') is var dot and >= 0) name = name[(dot + 1)..];
        return name.ToString();
    }

    /// <summary>The text; <paramref name="domain"/> is whose record it belongs to.</summary>
    internal string Expand(MacroString text, string domain)
    {
        var expanded = new StringBuilder();
        foreach (var piece in text.Pieces)
        {
            if (piece is MacroPiece.Literal literal) expanded.Append(literal.Text);
            else expanded.Append(Expand((MacroPiece.Macro)piece, domain));
        }
        return expanded.ToString();
    }

    private string Expand(MacroPiece.Macro macro, string domain)
    {
        var value = Value(macro.Letter, domain);
        var parts = value.Split(macro.Delimiters.ToCharArray());
        if (macro.IsReversed) Array.Reverse(parts);
        var kept = Math.Min(parts.Length, macro.Parts);
        var text = string.Join('.', parts, parts.Length - kept, kept);
        // the unreserved characters of RFC 3986 §2.3 are those that this leaves alone
        return macro.IsEscaped ? Uri.EscapeDataString(text) : text;
    }

    private string Value(char letter, string domain) => letter switch
    {
        's' => $"{LocalPart}@{SenderDomain}",
        'l' => LocalPart,
        'o' => SenderDomain,
        'd' => domain,
        'i' => Client.AddressFamily == AddressFamily.InterNetwork ? Client.ToString() : Nibbles(Client),
        'p' => ClientName,
        'v' => Client.AddressFamily == AddressFamily.InterNetwork ? "in-addr" : "ip6",
        'h' => Helo,
        'c' => Client.ToString(),
        'r' => Receiver,
        't' => Now.ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture),
        _ => throw new ArgumentOutOfRangeException(nameof(letter)),
    };

    private static string Nibbles(IPAddress address) =>
        string.Join('.', Convert.ToHexString(address.GetAddressBytes()).AsEnumerable());
}
