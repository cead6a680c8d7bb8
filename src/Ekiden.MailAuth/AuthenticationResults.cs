using System.Buffers;
using System.Text;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;

namespace Ekiden.MailAuth;

/// <summary>
/// The field that tells readers behind us what was found (RFC 8601), and the removal of fields that only pretend to be
/// ours (§5, reliability J-R6).
/// </summary>
public static class AuthenticationResults
{
    private static readonly SearchValues<char> TokenCharacters = SearchValues.Create(
        "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$&'*+-.^_`{|}~@%");

    /// <summary>The field with its CRLF, to stand above all others.</summary>
    /// <param name="authority">Our authserv-id, a host name: readers trust it (§2.5).</param>
    /// <param name="findings">What was found.</param>
    public static string Format(string authority, AuthenticationFindings findings) =>
        $"Authentication-Results: {FormatValue(authority, findings)}\r\n";

    /// <summary>
    /// Does a field claim to come from us, and so must go before ours is added? Also when it cannot be read: nobody can
    /// tell what others make of it.
    /// </summary>
    public static bool IsForeignClaim(in HeaderField field, string authority)
    {
        if (!field.Is("Authentication-Results"u8)) return false;
        return ReadAuthority(field.Unfold()) is not { } claimed
            || claimed.Equals(authority, StringComparison.OrdinalIgnoreCase);
    }

    /// <summary>
    /// Writes a header without the fields that claim to come from us. Fields of ARC stay: their seal tells whose they
    /// are, and taking one away would break a chain that may be good.
    /// </summary>
    /// <returns>How many fields went.</returns>
    public static int WriteWithoutClaims(HeaderBlock header, string authority, IBufferWriter<byte> output)
    {
        var removed = 0;
        foreach (var field in header)
        {
            if (IsForeignClaim(field, authority)) removed++;
            else output.Write(field.Raw.Span);
        }
        return removed;
    }

    /// <summary>The value alone: what ARC-Authentication-Results has behind its instance too.</summary>
    internal static string FormatValue(string authority, AuthenticationFindings findings)
    {
        var text = new StringBuilder(authority);
        var before = text.Length;
        if (findings.Arc is { } arc) text.Append($";\r\n\tarc={Word(arc.Result)}");
        if (findings.Spf is { } spf)
        {
            text.Append($";\r\n\tspf={Word(spf.Result)}");
            AppendProperty(text, spf.IsHelo ? "smtp.helo" : "smtp.mailfrom", spf.Domain);
        }
        foreach (var signature in findings.Dkim) AppendDkim(text, signature);
        if (findings.Dmarc is { } dmarc) AppendDmarc(text, dmarc);
        return text.Length > before ? text.ToString() : $"{authority}; none";
    }

    private static void AppendDkim(StringBuilder text, DkimVerdict signature)
    {
        text.Append($";\r\n\tdkim={Word(signature.Result)}");
        if (signature.IsTesting) text.Append(" (test mode)");
        if (signature.Why is { } why) text.Append($" reason=\"{why}\"");
        AppendProperty(text, "header.d", signature.Domain);
        AppendProperty(text, "header.s", signature.Selector);
        AppendProperty(text, "header.a", signature.Algorithm);
        AppendProperty(text, "header.b", signature.SignatureStart);
    }

    private static void AppendDmarc(StringBuilder text, DmarcVerdict dmarc)
    {
        text.Append($";\r\n\tdmarc={Word(dmarc.Result)}");
        AppendProperty(text, "header.from", dmarc.AuthorDomain);
        if (dmarc.PolicyDomain is null) return;
        AppendProperty(text, "polrec.p", Word(dmarc.Published));
        if (dmarc.PolicyDomain != dmarc.AuthorDomain) AppendProperty(text, "polrec.domain", dmarc.PolicyDomain);
    }

    // A value that came from outside: a token as it is, else quoted, else (nothing printable) left out.
    private static void AppendProperty(StringBuilder text, string name, string? value)
    {
        if (string.IsNullOrEmpty(value) || value.Length > 255 || !Ascii.IsValid(value)) return;
        if (value.AsSpan().ContainsAnyExceptInRange(' ', '~')) return;
        text.Append(' ').Append(name).Append('=');
        if (!value.AsSpan().ContainsAnyExcept(TokenCharacters)) text.Append(value);
        else text.Append('"').Append(value.Replace("\\", @"\\").Replace("\"", "\\\"")).Append('"');
    }

    // The first word, comments around it skipped, quoted or not: §2.2. Null when there is none.
    private static string? ReadAuthority(string value)
    {
        var position = 0;
        for (var depth = 0; position < value.Length; position++)
        {
            var letter = value[position];
            if (letter == '(') depth++;
            else if (depth > 0 && letter == '\\') position++;
            else if (depth > 0 && letter == ')') depth--;
            else if (depth == 0 && letter is not (' ' or '\t')) break;
        }
        if (position >= value.Length) return null;
        var rest = value.AsSpan(position);
        if (rest[0] != '"')
        {
            var end = rest.IndexOfAny(" \t;(/");
            return (end < 0 ? rest : rest[..end]).ToString();
        }
        var quoted = new StringBuilder();
        for (var i = 1; i < rest.Length && rest[i] != '"'; i++)
        {
            if (rest[i] == '\\' && i + 1 < rest.Length) i++;
            quoted.Append(rest[i]);
        }
        return quoted.ToString();
    }

    private static string Word<T>(T result) where T : struct, Enum => result.ToString().ToLowerInvariant();
}
