using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace Ekiden.MailAuth.Tests.Dkim;

/// <summary>
/// Signs by the words of RFC 6376, on strings of single-byte characters and without regard to speed: what the verifier
/// is checked against.
/// </summary>
internal static class PlainSigner
{
    /// <summary>The message with a signature above it.</summary>
    /// <param name="message">CRLF line ends, Latin-1.</param>
    /// <param name="tags">All tags but <c>bh=</c> and <c>b=</c>, as they shall stand there.</param>
    /// <param name="key">An RSA key of any length.</param>
    public static byte[] Sign(string message, string tags, RSA key)
    {
        var end = message.IndexOf("\r\n\r\n", StringComparison.Ordinal);
        var (header, body) = end < 0 ? (message, "") : (message[..(end + 2)], message[(end + 4)..]);
        var form = Regex.Match(tags, @"\bc=(\w+)(/(\w+))?");
        var canonical = Body(body, form.Groups[3].Value == "relaxed");
        if (Regex.Match(tags, @"\bl=(\d+)") is { Success: true } limit)
        {
            if (int.TryParse(limit.Groups[1].ValueSpan, out var length) && length < canonical.Length)
                canonical = canonical[..length];
        }
        var bodyHash = Convert.ToBase64String(SHA256.HashData(Encoding.Latin1.GetBytes(canonical)));
        var unsigned = $"DKIM-Signature: {tags}; bh={bodyHash}; b=";

        var fields = Regex.Split(header, @"\r\n(?![ \t])").Where(field => field.Length > 0).ToList();
        var relaxed = form.Groups[1].Value == "relaxed";
        var text = new StringBuilder();
        foreach (var name in Regex.Match(tags, @"\bh=([^;]*)").Groups[1].Value.Split(':').Select(name => name.Trim()))
        {
            var at = fields.FindLastIndex(
                field => field.Split(':')[0].TrimEnd().Equals(name, StringComparison.OrdinalIgnoreCase));
            if (at < 0) continue;
            text.Append(Field(fields[at], relaxed)).Append("\r\n");
            fields.RemoveAt(at);
        }
        text.Append(Field(unsigned, relaxed));
        var signature = key.SignData(
            Encoding.Latin1.GetBytes(text.ToString()), HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
        return Encoding.Latin1.GetBytes($"{unsigned}{Convert.ToBase64String(signature)}\r\n{message}");
    }

    /// <summary>The TXT record of the key.</summary>
    public static string Record(RSA key) => $"v=DKIM1; p={Convert.ToBase64String(key.ExportSubjectPublicKeyInfo())}";

    private static string Field(string field, bool isRelaxed)
    {
        if (!isRelaxed) return field;
        var colon = field.IndexOf(':', StringComparison.Ordinal);
        var value = Regex.Replace(field[(colon + 1)..].Replace("\r\n", "", StringComparison.Ordinal), "[ \t]+", " ");
        return $"{field[..colon].TrimEnd(' ', '\t').ToLowerInvariant()}:{value.Trim(' ')}";
    }

    private static string Body(string body, bool isRelaxed)
    {
        var lines = body.Split("\r\n").ToList();
        if (isRelaxed)
            lines = [.. lines.Select(line => Regex.Replace(line.TrimEnd(' ', '\t'), "[ \t]+", " "))];
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        if (lines.Count == 0) return isRelaxed ? "" : "\r\n";
        return string.Concat(lines.Select(line => line + "\r\n"));
    }
}
