using System.Buffers;
using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>Header fields in the form that is signed: RFC 6376 §3.4.1 and §3.4.2.</summary>
internal static class CanonicalHeader
{
    private static readonly SearchValues<byte> Blanks = SearchValues.Create(" \t\r"u8);

    /// <summary>Writes one field with its CRLF.</summary>
    internal static void Write(IBufferWriter<byte> output, in HeaderField field, Canonicalization form)
    {
        if (form == Canonicalization.Relaxed)
        {
            WriteRelaxed(output, field.Name, field.RawValue);
            output.Write("\r\n"u8);
            return;
        }
        var raw = field.Raw.Span;
        output.Write(raw);
        if (!raw.EndsWith("\r\n"u8)) output.Write("\r\n"u8);
    }

    /// <summary>
    /// Writes a signature's own field as it was when it was signed: the value of <c>b=</c> deleted, and no CRLF (§3.7).
    /// </summary>
    internal static void WriteUnsigned(IBufferWriter<byte> output, in HeaderField field, Canonicalization form)
    {
        var value = field.RawValue;
        var (start, length) = TagList.FindValue(value, (byte)'b');
        var unsigned = ArrayPool<byte>.Shared.Rent(value.Length);
        value[..start].CopyTo(unsigned);
        value[(start + length)..].CopyTo(unsigned.AsSpan(start));
        var kept = unsigned.AsSpan(0, value.Length - length);
        if (form == Canonicalization.Relaxed)
        {
            WriteRelaxed(output, field.Name, kept);
        }
        else
        {
            output.Write(field.Raw.Span[..field.Raw.Span.IndexOf((byte)':')]);
            output.Write(":"u8);
            output.Write(kept);
        }
        ArrayPool<byte>.Shared.Return(unsigned);
    }

    /// <summary>Name in lower case, colon, value: unfolded, runs of blanks as one space, none at its ends.</summary>
    internal static void WriteRelaxed(IBufferWriter<byte> output, ReadOnlySpan<byte> name, ReadOnlySpan<byte> value)
    {
        var target = output.GetSpan(name.Length + 1 + value.Length);
        Ascii.ToLower(name, target, out var length);
        target[length++] = (byte)':';
        var (start, pendingBlank) = (length, false);
        while (!value.IsEmpty)
        {
            var text = value.IndexOfAny(Blanks) is var at and >= 0 ? value[..at] : value;
            value = value[text.Length..];
            if (text.IsEmpty && value.StartsWith("\r\n"u8))
            {
                value = value[2..];
                continue;
            }
            if (text.IsEmpty && value[0] != '\r')
            {
                pendingBlank = true;
                value = value[1..];
                continue;
            }
            if (pendingBlank && length > start) target[length++] = (byte)' ';
            pendingBlank = false;
            if (text.IsEmpty)
            {
                target[length++] = (byte)'\r'; // one that ends no line is text
                value = value[1..];
            }
            text.CopyTo(target[length..]);
            length += text.Length;
        }
        output.Advance(length);
    }
}
