using System.Buffers;
using System.Globalization;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Smtp.Client;

/// <summary>Builds commands from typed values, one or many for one write: the only place that does.</summary>
/// <remarks>A byte below 0x20 or 0x7F in a command throws (reliability.md E-R5). Memory is pooled: dispose.</remarks>
internal sealed class CommandBuffer : IDisposable
{
    private byte[] _bytes = ArrayPool<byte>.Shared.Rent(512);
    private int _length;
    private int _lineStart;

    /// <summary>The commands so far.</summary>
    public ReadOnlyMemory<byte> Written => _bytes.AsMemory(0, _length);

    /// <summary>A command without arguments.</summary>
    public void Verb(string verb)
    {
        Add(verb);
        EndLine(verb);
    }

    /// <summary>EHLO, HELO, LHLO with our name; AUTH with a mechanism.</summary>
    public void Verb(string verb, string argument)
    {
        Add(verb);
        Add(" ");
        Add(argument);
        EndLine(verb);
    }

    /// <summary>A line of a SASL exchange: RFC 4954 §4.</summary>
    public void Response(ReadOnlySpan<byte> response)
    {
        Add(Convert.ToBase64String(response));
        EndLine("AUTH");
    }

    /// <summary>MAIL, with the parameters that the message needs and the server knows: RFC 5321 §4.1.1.2.</summary>
    public void Mail(OutgoingMessage message, bool smtpUtf8, ServerExtensions offered)
    {
        Add("MAIL FROM:<");
        if (message.Sender is { } sender) Add(sender.ToString());
        Add(">");
        if (offered.Size)
        {
            Add(" SIZE=");
            Add(message.Size);
        }
        if (message.EightBit && offered.EightBitMime) Add(" BODY=8BITMIME");
        if (smtpUtf8) Add(" SMTPUTF8");
        if (message.RequireTls) Add(" REQUIRETLS");
        if (offered.Dsn) AddDsn(message);
        EndLine("MAIL");
    }

    /// <summary>RCPT: RFC 5321 §4.1.1.3, with NOTIFY and ORCPT of RFC 3461 §4.</summary>
    public void Recipient(EnvelopeRecipient recipient, ServerExtensions offered)
    {
        Add("RCPT TO:<");
        Add(recipient.Address.ToString());
        Add(">");
        if (offered.Dsn)
        {
            AddNotify(recipient.Notify);
            if (recipient.OriginalRecipient is { } original) AddOriginal(original);
        }
        EndLine("RCPT");
    }

    /// <summary>Starts over, after a write.</summary>
    public void Clear() => _length = _lineStart = 0;

    public void Dispose()
    {
        var bytes = _bytes;
        _bytes = [];
        _length = _lineStart = 0;
        if (bytes.Length > 0) ArrayPool<byte>.Shared.Return(bytes);
    }

    private void AddDsn(OutgoingMessage message)
    {
        if (message.Return == DsnReturn.Full) Add(" RET=FULL");
        if (message.Return == DsnReturn.Headers) Add(" RET=HDRS");
        if (message.EnvelopeId is not { } id || !Ascii.IsValid(id)) return; // xtext is ASCII
        Add(" ENVID=");
        AddXtext(id, "MAIL", unicode: false);
    }

    private void AddNotify(DsnNotify notify)
    {
        if (notify == DsnNotify.Unspecified) return;
        Add(" NOTIFY=");
        if (notify.HasFlag(DsnNotify.Never))
        {
            Add("NEVER"); // stands alone: RFC 3461 §4.1
            return;
        }
        var separator = "";
        foreach (var (flag, word) in NotifyWords)
        {
            if (!notify.HasFlag(flag)) continue;
            Add(separator);
            Add(word);
            separator = ",";
        }
    }

    private static readonly (DsnNotify Flag, string Word)[] NotifyWords =
        [(DsnNotify.Success, "SUCCESS"), (DsnNotify.Failure, "FAILURE"), (DsnNotify.Delay, "DELAY")];

    // An address that xtext cannot hold is left out, unless its type is utf-8: RFC 6533 §3.
    private void AddOriginal(string original)
    {
        var semicolon = original.IndexOf(';', StringComparison.Ordinal);
        if (semicolon < 1) return;
        var isUnicode = original.AsSpan(0, semicolon).Equals("utf-8", StringComparison.OrdinalIgnoreCase);
        if (!isUnicode && !Ascii.IsValid(original)) return;
        Add(" ORCPT=");
        Add(original.AsSpan(0, semicolon + 1));
        AddXtext(original.AsSpan(semicolon + 1), "RCPT", isUnicode);
    }

    // RFC 3461 §4: what is not printable, and + and =, becomes +XX. A control character is refused even so, because
    // servers are known to mishandle it after decoding.
    private void AddXtext(ReadOnlySpan<char> text, string verb, bool unicode)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (Rune.IsControl(rune)) throw new CommandNotCleanException(verb);
            if (rune.Value > 0x7E || (unicode && rune.Value is '\\' or '+' or '=' or ' '))
                Add(string.Create(CultureInfo.InvariantCulture, $"\\x{{{rune.Value:X}}}"));
            else if (rune.Value is '+' or '=' or ' ')
                Add(string.Create(CultureInfo.InvariantCulture, $"+{rune.Value:X2}"));
            else
                Add([(char)rune.Value]);
        }
    }

    private void Add(ReadOnlySpan<char> text)
    {
        Reserve(Encoding.UTF8.GetMaxByteCount(text.Length));
        _length += Encoding.UTF8.GetBytes(text, _bytes.AsSpan(_length));
    }

    private void Add(long number)
    {
        Reserve(20);
        number.TryFormat(_bytes.AsSpan(_length), out var length, default, CultureInfo.InvariantCulture);
        _length += length;
    }

    private void EndLine(string verb)
    {
        var line = _bytes.AsSpan(_lineStart.._length);
        if (line.IndexOfAnyInRange((byte)0, (byte)0x1F) >= 0 || line.Contains((byte)0x7F))
        {
            _length = _lineStart;
            throw new CommandNotCleanException(verb);
        }
        Reserve(2);
        "\r\n"u8.CopyTo(_bytes.AsSpan(_length));
        _length += 2;
        _lineStart = _length;
    }

    private void Reserve(int more)
    {
        if (_bytes.Length - _length >= more) return;
        var larger = ArrayPool<byte>.Shared.Rent(Math.Max(_bytes.Length * 2, _length + more));
        Written.Span.CopyTo(larger);
        ArrayPool<byte>.Shared.Return(_bytes);
        _bytes = larger;
    }
}
