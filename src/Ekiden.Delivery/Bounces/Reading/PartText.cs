using System.Net;
using System.Text;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>
/// A part's words. Labels that lie do no harm: what cannot be read as it is labelled is read as it looks.
/// </summary>
internal static class PartText
{
    // What people and programs wrote before the returned message is never longer.
    private const int MaxLetters = 128 * 1024;

    private static readonly string[] BlockTags = ["br", "p", "/p", "div", "tr", "li", "h1", "h2", "h3"];

    private static readonly Encoding StrictUtf8 = new UTF8Encoding(false, throwOnInvalidBytes: true);

    /// <summary>Decodes transfer encoding and characters; tags of HTML are left out. Never throws.</summary>
    public static string Of(MailPart part)
    {
        var body = part.Body.Length > MaxLetters ? part.Body[..MaxLetters] : part.Body;
        var octets = Decode(body, part.Headers.Find("Content-Transfer-Encoding") ?? "");
        var charset = MailPart.Parameter(part.Headers.Find("Content-Type") ?? "", "charset");
        var text = ToText(octets, charset).ReplaceLineEndings("\n");
        return part.MediaType == "text/html" ? WithoutTags(text) : text;
    }

    private static byte[] Decode(string body, string encoding)
    {
        if (encoding.StartsWith("base64", StringComparison.OrdinalIgnoreCase))
        {
            var letters = string.Concat(body.Where(letter => letter is not ('\n' or ' ' or '\t')));
            var whole = letters[..(letters.Length / 4 * 4)];
            var octets = new byte[whole.Length];
            if (whole.Length > 0 && Convert.TryFromBase64String(whole, octets, out var count)) return octets[..count];
        }
        var isQuoted = encoding.StartsWith("quoted-printable", StringComparison.OrdinalIgnoreCase);
        return isQuoted ? DecodeQuoted(body) : Encoding.Latin1.GetBytes(body);
    }

    // RFC 2045 §6.7; an = that begins nothing stays.
    private static byte[] DecodeQuoted(string body)
    {
        var octets = new byte[body.Length];
        var count = 0;
        for (var i = 0; i < body.Length; i++)
        {
            if (body[i] == '=')
            {
                var end = i + 1;
                while (end < body.Length && body[end] is ' ' or '\t') end++;
                if (end >= body.Length || body[end] == '\n')
                {
                    i = end;
                    continue;
                }
                if (i + 2 < body.Length && char.IsAsciiHexDigit(body[i + 1]) && char.IsAsciiHexDigit(body[i + 2]))
                {
                    octets[count++] = Convert.ToByte(body.Substring(i + 1, 2), 16);
                    i += 2;
                    continue;
                }
            }
            octets[count++] = (byte)body[i];
        }
        return octets[..count];
    }

    private static string ToText(byte[] octets, string? charset)
    {
        if (octets.AsSpan().IndexOf("\e$"u8) >= 0) return Charsets.Find("iso-2022-jp").GetString(octets);
        if (Ascii.IsValid(octets)) return Encoding.ASCII.GetString(octets);
        try
        {
            return StrictUtf8.GetString(octets);
        }
        catch (DecoderFallbackException)
        {
            return Charsets.Find(charset).GetString(octets);
        }
    }

    private static string WithoutTags(string html)
    {
        var text = new StringBuilder(html.Length);
        var at = 0;
        while (at < html.Length)
        {
            var open = html.IndexOf('<', at);
            if (open < 0) open = html.Length;
            text.Append(html, at, open - at);
            if (open == html.Length) break;
            var close = html.IndexOf('>', open);
            if (close < 0) break;
            var tag = html[(open + 1)..close];
            at = close + 1;
            if (Begins(tag, "style") || Begins(tag, "script"))
                at = AfterElement(html, at);
            else if (BlockTags.Any(name => tag.StartsWith(name, StringComparison.OrdinalIgnoreCase)))
                text.Append('\n');
            else if (tag.Contains('@', StringComparison.Ordinal) && tag.AsSpan().IndexOfAny(' ', '"') < 0)
                text.Append('<').Append(tag).Append('>'); // an address that was not escaped
        }
        return WebUtility.HtmlDecode(text.ToString()).Replace('\u00a0', ' ');

        static bool Begins(string tag, string name) =>
            tag.StartsWith(name, StringComparison.OrdinalIgnoreCase);
    }

    private static int AfterElement(string html, int from)
    {
        var end = html.IndexOf("</s", from, StringComparison.OrdinalIgnoreCase);
        return end < 0 ? html.Length : end;
    }
}
