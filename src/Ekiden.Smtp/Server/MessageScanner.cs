namespace Ekiden.Smtp.Server;

/// <summary>
/// Finds the end of message data, removes dot-stuffing and judges what lies between, over any cutting of the bytes into
/// pieces. It holds no bytes: content comes back as slices of what was given. RFC 5321 §4.5.2.
/// </summary>
/// <remarks>
/// Only CRLF.CRLF ends a message, and its first CRLF may be the one of the DATA command (reliability A-R1). Once
/// something is wrong no more content comes back, but the true end is still looked for.
/// </remarks>
internal sealed class MessageScanner(SessionLimits limits)
{
    /// <summary>After so many bytes of one line without an end nobody reads on: reliability §5.1.</summary>
    public const int LongestLineRead = 64 * 1024;

    private const long LargestHeader = 256 * 1024;
    private const long LargestField = 100 * 1024;
    private const int MostHeaderLines = 1_000;

    private enum Place { LineStart, InLine, AfterCr, AfterDot, AfterDotCr, End }

    private Place _place = Place.LineStart;
    private long _lineLength;
    private bool _isInHeader = true;
    private bool _lineIsFolded;
    private bool _lineHasColon;
    private int _headerLines;
    private long _headerSize;
    private long _fieldSize;

    /// <summary>The end of data was seen; what follows in the buffer is not part of the message.</summary>
    public bool IsEnd => _place == Place.End;

    /// <summary>What is wrong; the first finding stays, except that a bare newline outranks the others.</summary>
    public MessageFault Fault { get; private set; }

    /// <summary>Bytes of content so far, after unstuffing.</summary>
    public long Size { get; private set; }

    /// <summary>The present line has been going on for so long that its end is not waited for.</summary>
    public bool IsHopeless => _lineLength > LongestLineRead;

    /// <summary>
    /// Reads on in <paramref name="input"/> from <paramref name="position"/> and moves it. True with the next slice of
    /// content; false when the input is used up or the end was seen.
    /// </summary>
    public bool TryNext(ReadOnlySpan<byte> input, ref int position, out Range content)
    {
        var start = position;
        while (position < input.Length && _place != Place.End)
        {
            switch (_place)
            {
                case Place.LineStart when input[position] == '.':
                    // The dot is never content: it is stuffing or the end.
                    _place = Place.AfterDot;
                    if (TryEmit(start, position++, out content)) return true;
                    break;
                case Place.LineStart:
                    StartLine(input[position]);
                    break;
                case Place.InLine:
                    ScanLine(input, ref position);
                    break;
                case Place.AfterCr:
                    if (input[position] == '\n') EndLine(ref position);
                    else FindBareNewline();
                    break;
                case Place.AfterDot when input[position] == '\r':
                    _place = Place.AfterDotCr;
                    position++;
                    break;
                case Place.AfterDot:
                    start = position;
                    StartLine(input[position]);
                    break;
                case Place.AfterDotCr:
                    if (input[position] == '\n') End(ref position);
                    else FindBareNewline();
                    start = position;
                    break;
            }
        }
        if (_place is Place.AfterDot or Place.AfterDotCr or Place.End) start = position;
        return TryEmit(start, position, out content);
    }

    private bool TryEmit(int start, int end, out Range content)
    {
        content = start..end;
        if (end == start) return false;
        Size += end - start;
        if (Size > limits.MaxMessage) Find(MessageFault.TooLarge);
        return Fault == MessageFault.None;
    }

    private void StartLine(byte first)
    {
        _place = Place.InLine;
        _lineLength = 0;
        _lineIsFolded = first is (byte)' ' or (byte)'\t';
        _lineHasColon = false;
    }

    private void ScanLine(ReadOnlySpan<byte> input, ref int position)
    {
        var rest = input[position..];
        var hit = rest.IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
        var length = hit < 0 ? rest.Length : hit;
        if (_isInHeader && !_lineHasColon) _lineHasColon = rest[..length].Contains((byte)':');
        _lineLength += length;
        if (_lineLength > limits.MaxLine) Find(MessageFault.LineTooLong);
        position += length;
        if (hit < 0) return;

        if (rest[hit] != '\r')
        {
            FindBareNewline();
            position++;
        }
        else if (hit + 1 == rest.Length)
        {
            _place = Place.AfterCr;
            position++;
        }
        else
        {
            position++;
            if (rest[hit + 1] == '\n') EndLine(ref position);
            else FindBareNewline();
        }
    }

    private void End(ref int position)
    {
        position++;
        _place = Place.End;
    }

    private void EndLine(ref int position)
    {
        position++;
        _place = Place.LineStart;
        if (_isInHeader) CountHeaderLine();
    }

    // The header ends at the empty line (RFC 5322 §2.1), or at a line that cannot be part of one.
    private void CountHeaderLine()
    {
        if (_lineLength == 0 || (!_lineIsFolded && !_lineHasColon))
        {
            _isInHeader = false;
            return;
        }
        _headerSize += _lineLength + 2;
        _fieldSize = _lineIsFolded ? _fieldSize + _lineLength + 2 : _lineLength + 2;
        if (++_headerLines > MostHeaderLines) Find(MessageFault.TooManyHeaderLines);
        if (_headerSize > LargestHeader || _fieldSize > LargestField) Find(MessageFault.HeaderTooLarge);
    }

    private void Find(MessageFault fault)
    {
        if (Fault == MessageFault.None) Fault = fault;
    }

    // Reliability A-R2. What follows a bare CR or LF is not at the start of a line, so a dot there ends nothing.
    private void FindBareNewline()
    {
        Fault = MessageFault.BareNewline;
        _place = Place.InLine;
    }
}

/// <summary>Why a message cannot be taken, by its bytes alone.</summary>
internal enum MessageFault
{
    /// <summary>Nothing is wrong so far.</summary>
    None,

    /// <summary>A CR or LF outside CRLF, or a NUL.</summary>
    BareNewline,

    /// <summary>A line of more than <see cref="SessionLimits.MaxLine"/> octets.</summary>
    LineTooLong,

    /// <summary>More than <see cref="SessionLimits.MaxMessage"/> bytes.</summary>
    TooLarge,

    /// <summary>More than 1,000 lines of header.</summary>
    TooManyHeaderLines,

    /// <summary>A header over 256 KiB, or a field over 100 KiB.</summary>
    HeaderTooLarge,
}
