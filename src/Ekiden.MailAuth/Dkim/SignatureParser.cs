using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// Reads the tags of a signature field: RFC 6376 §3.5 and §6.1.1. A mistake is a sentence, never thrown.
/// </summary>
internal sealed class SignatureParser
{
    private const int MaxNames = 1000;

    private readonly TagList _tags;
    private string? _why;

    private SignatureParser(TagList tags) => _tags = tags;

    /// <summary>Reads DKIM-Signature.</summary>
    internal static bool TryParseDkim(
        TagList tags, [NotNullWhen(true)] out SignatureFields? fields, [NotNullWhen(false)] out string? why)
    {
        var parser = new SignatureParser(tags);
        fields = tags.Find("v") == "1" ? parser.ReadMessageSignature(Canonicalization.Simple) : null;
        if (fields is not null) fields = parser.ReadIdentity(fields);
        if (tags.Find("q") is { } query && !query.Split(':').Any(method => Is(method.Trim(), "dns/txt")))
            parser.Fail("no query method that is known (q=)");
        why = tags.Find("v") == "1" ? parser._why : "not version 1 (v=)";
        return why is null && fields is not null;
    }

    /// <summary>
    /// Reads ARC-Message-Signature, whose <c>i=</c> is an instance: RFC 8617 §4.1.2. Sealers that leave <c>c=</c> out
    /// mean relaxed, the only form of a seal.
    /// </summary>
    internal static bool TryParseArcMessage(
        TagList tags, [NotNullWhen(true)] out SignatureFields? fields, [NotNullWhen(false)] out string? why)
    {
        var parser = new SignatureParser(tags);
        fields = parser.ReadMessageSignature(Canonicalization.Relaxed);
        why = parser._why;
        return why is null && fields is not null;
    }

    /// <summary>Reads ARC-Seal: RFC 8617 §4.1.3.</summary>
    internal static bool TryParseArcSeal(
        TagList tags, [NotNullWhen(true)] out SignatureFields? fields, [NotNullWhen(false)] out string? why)
    {
        var parser = new SignatureParser(tags);
        fields = parser.ReadSigner();
        why = parser._why;
        return why is null && fields is not null;
    }

    private SignatureFields? ReadSigner()
    {
        var algorithm = ReadAlgorithm();
        if (!TagList.TryDecode(_tags.Find("b") ?? "", out var signature) || signature.Length == 0)
            Fail("no signature (b=)");
        if (!TryReadDomain(_tags.Find("d"), out var domain)) Fail("no domain (d=)");
        if (!TryReadDomain(_tags.Find("s"), out var selector)) Fail("no selector (s=)");
        CheckTime("t");
        return _why is null
            ? new SignatureFields(domain!, selector!, algorithm, [.. signature]) // nothing failed: both were read
            : null;
    }

    private SignatureFields? ReadMessageSignature(Canonicalization unsaid)
    {
        var signer = ReadSigner();
        if (!TagList.TryDecode(_tags.Find("bh") ?? "", out var bodyHash) || bodyHash.Length != 32)
            Fail("no SHA-256 hash of the body (bh=)");
        var (header, body) = ReadCanonicalizations(unsaid);
        var names = ReadNames();
        var (began, expires) = (CheckTime("t"), CheckTime("x"));
        if (began >= expires) Fail("it expires before it was made (x=, t=)");
        var length = ReadLength();
        if (_why is not null || signer is null) return null;
        return signer with
        {
            BodyHash = [.. bodyHash],
            Header = header,
            Body = body,
            SignedNames = names,
            BodyLength = length,
            ExpiresAt = expires is { } end ? DateTimeOffset.FromUnixTimeSeconds(end) : null,
        };
    }

    private SignatureFields? ReadIdentity(SignatureFields fields)
    {
        if (_tags.Find("i") is not { } identity) return fields;
        var at = identity.LastIndexOf('@');
        if (at < 0 || !TryReadDomain(identity[(at + 1)..], out var domain) || !IsWithin(domain, fields.Domain))
        {
            Fail("the identity is not within the domain (i=, d=)");
            return null;
        }
        return fields with { IdentityDomain = domain, Identity = identity };
    }

    private DkimAlgorithm ReadAlgorithm()
    {
        var algorithm = _tags.Find("a");
        if (Is(algorithm, "ed25519-sha256")) return DkimAlgorithm.Ed25519Sha256;
        // RFC 8301 §3.1: SHA-1 has permanently failed
        if (Is(algorithm, "rsa-sha1")) Fail("SHA-1 is no longer accepted (a=)");
        else if (!Is(algorithm, "rsa-sha256")) Fail("no algorithm that is known (a=)");
        return DkimAlgorithm.RsaSha256;
    }

    private (Canonicalization Header, Canonicalization Body) ReadCanonicalizations(Canonicalization unsaid)
    {
        var text = _tags.Find("c");
        if (text is null) return (unsaid, unsaid);
        var slash = text.IndexOf('/', StringComparison.Ordinal);
        var header = Read(slash < 0 ? text : text[..slash]);
        var body = slash < 0 ? Canonicalization.Simple : Read(text[(slash + 1)..]);
        return (header, body);

        Canonicalization Read(string word)
        {
            if (Is(word, "relaxed")) return Canonicalization.Relaxed;
            if (!Is(word, "simple")) Fail("no canonicalization that is known (c=)");
            return Canonicalization.Simple;
        }
    }

    private ImmutableArray<string> ReadNames()
    {
        var names = ImmutableArray.CreateBuilder<string>();
        foreach (var part in (_tags.Find("h") ?? "").Split(':'))
        {
            var name = part.Trim(' ', '\t');
            if (name.AsSpan().ContainsAnyExceptInRange('!', '~')) Fail("no list of fields (h=)");
            // not in the grammar, but seen: a name of nothing, which no field has
            if (name.Length > 0) names.Add(name.ToLowerInvariant());
        }
        if (names.Count > MaxNames) Fail($"more than {MaxNames} signed fields (h=)");
        if (!names.Contains("from")) Fail("From is not signed (h=)"); // §5.4
        return names.ToImmutable();
    }

    private long? ReadLength()
    {
        if (_tags.Find("l") is not { } text) return null;
        // up to 76 digits may stand there; beyond what a body can have they all mean the same
        if (text.Length is 0 or > 76 || text.AsSpan().ContainsAnyExceptInRange('0', '9')) Fail("no length (l=)");
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var length)
            ? length
            : long.MaxValue;
    }

    // Seconds since 1970, 1 to 12 digits; a year after 9999 is as good as that one.
    private long? CheckTime(string name)
    {
        if (_tags.Find(name) is not { } text) return null;
        if (text.Length > 12 || !long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds))
        {
            Fail($"no time ({name}=)");
            return null;
        }
        return Math.Min(seconds, DateTimeOffset.MaxValue.ToUnixTimeSeconds());
    }

    // U-labels may stand in d=, s= and i=: RFC 8616 §5.
    private static bool TryReadDomain(string? text, [NotNullWhen(true)] out string? domain)
    {
        domain = null;
        if (string.IsNullOrEmpty(text)) return false;
        if (!Ascii.IsValid(text)) return DomainName.TryNormalize(text, out domain);
        if (text.Length > 253) return false;
        foreach (var label in text.Split('.'))
        {
            if (label.Length is 0 or > 63) return false;
            foreach (var character in label)
                if (!char.IsAsciiLetterOrDigit(character) && character is not ('-' or '_')) return false;
        }
        domain = text.ToLowerInvariant();
        return true;
    }

    private static bool IsWithin(string name, string domain) =>
        name.EndsWith(domain, StringComparison.Ordinal)
        && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');

    // Values keep their case unless the tag says otherwise, and none of these does: §3.2.
    private static bool Is(string? text, string word) => string.Equals(text, word, StringComparison.Ordinal);

    private void Fail(string why) => _why ??= why; // the first mistake is the one to tell
}
