using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>One header field where it lies in a message: RFC 5322 §2.2.</summary>
public readonly struct HeaderField
{
    private readonly int _nameLength;
    private readonly int _colon;

    internal HeaderField(ReadOnlyMemory<byte> raw)
    {
        Raw = raw;
        _nameLength = NameLength(raw.Span);
        _colon = raw.Span.IndexOf((byte)':');
    }

    /// <summary>The whole field, its last CRLF included.</summary>
    public ReadOnlyMemory<byte> Raw { get; }

    /// <summary>The name as written, without blanks before the colon.</summary>
    public ReadOnlySpan<byte> Name => Raw.Span[.._nameLength];

    /// <summary>What stands behind the colon, folds included, the last CRLF not.</summary>
    public ReadOnlySpan<byte> RawValue
    {
        get
        {
            var value = Raw.Span[(_colon + 1)..];
            return value.EndsWith("\r\n"u8) ? value[..^2] : value;
        }
    }

    /// <summary>Is this its name? Case does not count: RFC 5322 §1.2.2.</summary>
    public bool Is(ReadOnlySpan<byte> name) => Ascii.EqualsIgnoreCase(Name, name);

    /// <summary>The value on one line, without blanks at its ends; bytes that are not UTF-8 become U+FFFD.</summary>
    public string Unfold() => Unfold(RawValue);

    /// <summary>
    /// The value to show: unfolded, RFC 2047 words decoded, made safe and cut by <see cref="SafeText"/>.
    /// </summary>
    public string Decode() => SafeText.Of(EncodedWords.Decode(Unfold()));

    /// <summary>A field from text: encoded (RFC 2047) where it must be, folded, with its CRLF.</summary>
    /// <param name="name">RFC 5322 §2.2: 1 to 76 printable ASCII characters without a colon.</param>
    /// <param name="value">Unstructured text.</param>
    /// <exception cref="ArgumentException">
    /// A bad name, or a control character in the value: reliability E-R1, E-R5.
    /// </exception>
    public static string Format(string name, string value) => HeaderWriter.Unstructured(name, value);

    /// <summary>A field of one address: <c>From: =?utf-8?B?…?= &lt;a@b&gt;</c>.</summary>
    /// <param name="name">As in <see cref="Format"/>.</param>
    /// <param name="displayName">Null or empty: the address alone.</param>
    /// <param name="mailbox">The address.</param>
    /// <exception cref="ArgumentException">As in <see cref="Format"/>.</exception>
    public static string FormatAddress(string name, string? displayName, Mailbox mailbox) =>
        HeaderWriter.Address(name, displayName, mailbox);

    internal static string Unfold(ReadOnlySpan<byte> rawValue) =>
        Encoding.UTF8.GetString(rawValue).Replace("\r\n", "", StringComparison.Ordinal).Trim(' ', '\t');

    /// <summary>The length of the field name at the start of a line, or 0 when the line is no field.</summary>
    /// <remarks>Blanks before the colon are obsolete but valid: RFC 5322 §4.5.</remarks>
    internal static int NameLength(ReadOnlySpan<byte> line)
    {
        var length = 0;
        while (length < line.Length && line[length] is > (byte)' ' and < 0x7F and not (byte)':') length++;
        var colon = length;
        while (colon < line.Length && line[colon] is (byte)' ' or (byte)'\t') colon++;
        return colon < line.Length && line[colon] == ':' ? length : 0;
    }
}
