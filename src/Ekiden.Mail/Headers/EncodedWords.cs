using System.Buffers.Text;
using System.Globalization;
using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>
/// Decodes <c>=?charset?B?text?=</c> for display: RFC 2047. Never throws; what cannot be decoded stays as it is.
/// </summary>
/// <remarks>
/// Characters split over two words of the same charset are put together, which RFC 2047 §5 forbids senders to need and
/// many need all the same.
/// </remarks>
public static class EncodedWords
{
    private const int MaxWords = 1000; // reliability H-R6

    /// <summary>The text with its encoded words decoded, and the blanks between two of them dropped (§6.2).</summary>
    public static string Decode(string text)
    {
        if (!text.Contains("=?", StringComparison.Ordinal)) return text;
        var decoded = new StringBuilder(text.Length);
        var run = new Run();
        var (position, words) = (0, 0);
        while (position < text.Length)
        {
            var start = words < MaxWords ? text.IndexOf("=?", position, StringComparison.Ordinal) : -1;
            if (start < 0) break;
            if (!EncodedWord.TryRead(text.AsSpan(start), out var word))
            {
                run.FlushTo(decoded);
                decoded.Append(text, position, start + 2 - position);
                position = start + 2;
                continue;
            }
            var between = text.AsSpan(position, start - position);
            if (!run.IsOpen || !between.IsWhiteSpace())
            {
                run.FlushTo(decoded);
                decoded.Append(between);
            }
            run.Add(word, decoded);
            position = start + word.Length;
            words++;
        }
        run.FlushTo(decoded);
        return decoded.Append(text, position, text.Length - position).ToString();
    }

    /// <summary>Neighbouring words of one charset, not yet turned into characters.</summary>
    private sealed class Run
    {
        private readonly List<byte> _bytes = [];
        private Encoding? _encoding;

        internal bool IsOpen => _encoding is not null;

        internal void Add(EncodedWord word, StringBuilder decoded)
        {
            if (_encoding is not null && _encoding.CodePage != word.Encoding.CodePage) FlushTo(decoded);
            _encoding = word.Encoding;
            _bytes.AddRange(word.Bytes);
        }

        internal void FlushTo(StringBuilder decoded)
        {
            if (_encoding is null) return;
            decoded.Append(_encoding.GetString([.. _bytes]));
            _bytes.Clear();
            _encoding = null;
        }
    }
}

/// <summary>One encoded word.</summary>
/// <param name="Encoding">Its charset.</param>
/// <param name="Bytes">Its content, transfer encoding undone.</param>
/// <param name="Length">Characters from <c>=?</c> to <c>?=</c>.</param>
internal sealed record EncodedWord(Encoding Encoding, byte[] Bytes, int Length)
{
    /// <summary>
    /// Reads the word at the start of a text; false when there is none, or its charset or encoding is unknown.
    /// </summary>
    internal static bool TryRead(ReadOnlySpan<char> text, out EncodedWord word)
    {
        word = null!; // the result is only read after true
        var rest = text[2..];
        var charset = rest.IndexOf('?');
        if (charset <= 0 || charset + 2 >= rest.Length || rest[charset + 2] != '?') return false;
        var content = rest[(charset + 3)..];
        var end = content.IndexOf("?=", StringComparison.Ordinal);
        if (end < 0 || content[..end].ContainsAny(' ', '\t')) return false;
        if (FindEncoding(rest[..charset]) is not { } encoding) return false;
        var bytes = rest[charset + 1] switch
        {
            'B' or 'b' => DecodeBase64(content[..end]),
            'Q' or 'q' => DecodeQ(content[..end]),
            _ => null,
        };
        if (bytes is null) return false;
        word = new EncodedWord(encoding, bytes, 2 + charset + 3 + end + 2);
        return true;
    }

    private static Encoding? FindEncoding(ReadOnlySpan<char> name)
    {
        // a language may follow: RFC 2231 §5
        if (name.IndexOf('*') is var star and >= 0) name = name[..star];
        if (name.Length is 0 or > 40) return null;
        if (name.Equals("utf-8", StringComparison.OrdinalIgnoreCase)) return Encoding.UTF8;
        if (name.Equals("us-ascii", StringComparison.OrdinalIgnoreCase)) return Encoding.ASCII;
        if (name.Equals("iso-8859-1", StringComparison.OrdinalIgnoreCase)) return Encoding.Latin1;
        return CodePagesEncodingProvider.Instance.GetEncoding(name.ToString());
    }

    // Padding is often missing or doubled in practice; anything else is left alone.
    private static byte[]? DecodeBase64(ReadOnlySpan<char> text)
    {
        text = text.TrimEnd('=');
        var padded = text.ToString() + new string('=', (4 - (text.Length % 4)) % 4);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(padded.Length)];
        return Convert.TryFromBase64String(padded, bytes, out var length) ? bytes[..length] : null;
    }

    // RFC 2047 §4.2
    private static byte[] DecodeQ(ReadOnlySpan<char> text)
    {
        var bytes = new List<byte>(text.Length);
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] == '=' && i + 2 < text.Length
                && char.IsAsciiHexDigit(text[i + 1]) && char.IsAsciiHexDigit(text[i + 2]))
            {
                bytes.Add(byte.Parse(text.Slice(i + 1, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture));
                i += 2;
            }
            else
            {
                bytes.Add(text[i] == '_' ? (byte)' ' : text[i] < 0x80 ? (byte)text[i] : (byte)'?');
            }
        }
        return [.. bytes];
    }
}
