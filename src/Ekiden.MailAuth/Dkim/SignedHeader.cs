using System.Buffers;
using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>The fields of a message by name, for finding those that a signature covers: RFC 6376 §5.4.2.</summary>
internal sealed class SignedHeader
{
    private readonly Dictionary<string, List<HeaderField>> _fields = [];

    internal SignedHeader(in HeaderBlock header)
    {
        foreach (var field in header)
        {
            var name = Encoding.Latin1.GetString(field.Name).ToLowerInvariant();
            if (!_fields.TryGetValue(name, out var fields)) _fields[name] = fields = [];
            fields.Add(field);
        }
    }

    /// <summary>The fields of a name (in lower case), from first to last.</summary>
    internal IReadOnlyList<HeaderField> Find(string name) => _fields.TryGetValue(name, out var fields) ? fields : [];

    /// <summary>The hash that a signature was made over.</summary>
    /// <param name="fields">What the signature says.</param>
    /// <param name="own">Its field, which is never among those it covers.</param>
    internal byte[] Hash(SignatureFields fields, in HeaderField own)
    {
        var text = new ArrayBufferWriter<byte>();
        WriteSigned(text, fields.SignedNames, fields.Header, own);
        CanonicalHeader.WriteUnsigned(text, own, fields.Header);
        return SHA256.HashData(text.WrittenSpan);
    }

    // From the last of a name upwards, however often it is listed; a name without a field left adds nothing.
    private void WriteSigned(
        ArrayBufferWriter<byte> text, ImmutableArray<string> names, Canonicalization form, in HeaderField own)
    {
        var left = new Dictionary<string, int>();
        foreach (var name in names)
        {
            var fields = Find(name);
            var next = left.GetValueOrDefault(name, fields.Count) - 1;
            if (next >= 0 && fields[next].Raw.Equals(own.Raw)) next--;
            left[name] = Math.Max(next, 0);
            if (next >= 0) CanonicalHeader.Write(text, fields[next], form);
        }
    }
}
