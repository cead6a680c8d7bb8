namespace Ekiden.Mail.Headers;

/// <summary>
/// The header fields of a message, read where they lie: no copies, one pass. Every line ends with CRLF. The block ends
/// at the first empty line, at the end of the bytes, or at a line that is no field (RFC 5322 §2.1).
/// </summary>
public readonly struct HeaderBlock
{
    /// <summary>Bytes of the whole block at most: reliability §5.1.</summary>
    public const int MaxLength = 256 * 1024;

    /// <summary>Lines at most.</summary>
    public const int MaxLines = 1000;

    /// <summary>Bytes of one field at most.</summary>
    public const int MaxFieldLength = 100 * 1024;

    private readonly ReadOnlyMemory<byte> _message;

    private HeaderBlock(ReadOnlyMemory<byte> message, int length, int bodyOffset, HeaderProblem problem)
    {
        _message = message;
        Length = length;
        BodyOffset = bodyOffset;
        Problem = problem;
    }

    /// <summary>Bytes of the fields, the empty line not counted.</summary>
    public int Length { get; }

    /// <summary>Where the body begins; the length of the message when there is none.</summary>
    public int BodyOffset { get; }

    /// <summary>The first thing that is wrong with the block; the fields before it can be read.</summary>
    public HeaderProblem Problem { get; }

    /// <summary>The bytes of all fields, each with its CRLF.</summary>
    public ReadOnlyMemory<byte> Bytes => _message[..Length];

    /// <summary>
    /// Reads the block at the start of a message; <paramref name="message"/> may be cut after
    /// <see cref="MaxLength"/> + 2 bytes.
    /// </summary>
    public static HeaderBlock Read(ReadOnlyMemory<byte> message)
    {
        var bytes = message.Span;
        var (position, fieldStart, lines) = (0, 0, 0);
        while (position < bytes.Length)
        {
            var rest = bytes[position..];
            if (rest.StartsWith("\r\n"u8)) return new(message, position, position + 2, HeaderProblem.None);
            var isContinuation = rest[0] is (byte)' ' or (byte)'\t';
            if (isContinuation ? position == 0 : HeaderField.NameLength(rest) == 0)
                return new(message, position, position, HeaderProblem.NotAField);
            if (!isContinuation) fieldStart = position;
            var end = rest.IndexOf("\r\n"u8);
            var next = end < 0 ? bytes.Length : position + end + 2;
            if (++lines > MaxLines) return new(message, position, position, HeaderProblem.TooManyLines);
            if (next - fieldStart > MaxFieldLength)
                return new(message, fieldStart, fieldStart, HeaderProblem.FieldTooLong);
            if (next > MaxLength) return new(message, fieldStart, fieldStart, HeaderProblem.TooLong);
            position = next;
        }
        return new(message, position, position, HeaderProblem.NoEmptyLine);
    }

    /// <summary>The fields from first to last.</summary>
    public Enumerator GetEnumerator() => new(Bytes);

    /// <summary>The first field of this name, whatever its case.</summary>
    public bool TryFind(ReadOnlySpan<byte> name, out HeaderField field)
    {
        foreach (var candidate in this)
        {
            if (!candidate.Is(name)) continue;
            field = candidate;
            return true;
        }
        field = default;
        return false;
    }

    /// <summary>How many fields have this name, whatever its case.</summary>
    public int Count(ReadOnlySpan<byte> name)
    {
        var count = 0;
        foreach (var field in this)
            if (field.Is(name)) count++;
        return count;
    }

    /// <summary>
    /// How many Received fields there are, and in how many of them <paramref name="mark"/> stands: RFC 5321 §6.3.
    /// </summary>
    /// <param name="mark">What tells our own installation; empty finds none.</param>
    public (int All, int Own) CountReceived(ReadOnlySpan<byte> mark)
    {
        var (all, own) = (0, 0);
        foreach (var field in this)
        {
            if (!field.Is("Received"u8)) continue;
            all++;
            if (!mark.IsEmpty && field.RawValue.IndexOf(mark) >= 0) own++;
        }
        return (all, own);
    }

    /// <summary>Goes through the fields.</summary>
    public struct Enumerator
    {
        private ReadOnlyMemory<byte> _rest;

        internal Enumerator(ReadOnlyMemory<byte> fields) => _rest = fields;

        /// <summary>The field that was read last.</summary>
        public HeaderField Current { get; private set; }

        /// <summary>Reads the next field; false at the end.</summary>
        public bool MoveNext()
        {
            if (_rest.IsEmpty) return false;
            var length = FieldLength(_rest.Span);
            Current = new HeaderField(_rest[..length]);
            _rest = _rest[length..];
            return true;
        }

        // up to the first CRLF that no blank follows
        private static int FieldLength(ReadOnlySpan<byte> bytes)
        {
            for (var position = 0; ;)
            {
                var end = bytes[position..].IndexOf("\r\n"u8);
                if (end < 0) return bytes.Length;
                position += end + 2;
                if (position == bytes.Length || bytes[position] is not ((byte)' ' or (byte)'\t')) return position;
            }
        }
    }
}

/// <summary>What is wrong with a header block.</summary>
public enum HeaderProblem : byte
{
    /// <summary>Nothing: an empty line ends it.</summary>
    None,

    /// <summary>The bytes end without an empty line: a message without a body, or one that was cut.</summary>
    NoEmptyLine,

    /// <summary>A line is neither a field nor its continuation: taken as the start of the body.</summary>
    NotAField,

    /// <summary>More than <see cref="HeaderBlock.MaxLines"/> lines.</summary>
    TooManyLines,

    /// <summary>A field of more than <see cref="HeaderBlock.MaxFieldLength"/> bytes.</summary>
    FieldTooLong,

    /// <summary>More than <see cref="HeaderBlock.MaxLength"/> bytes.</summary>
    TooLong,
}
