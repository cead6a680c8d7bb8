namespace Ekiden.Smtp.Client;

/// <summary>
/// Walks over content piece by piece, finds where a dot is to be doubled, and proves that it is canonical.
/// </summary>
/// <remarks>Stuffing: RFC 5321 §4.5.2. Only CRLF ends a line; a lone CR or LF, or a NUL, is refused: A-R5.</remarks>
internal struct ContentScanner
{
    private enum At : byte { LineStart, InLine, AfterCr }

    private At _at;
    private long _before; // bytes of earlier pieces

    /// <summary>What must follow the last piece: a line end if it lacks one, then the lone dot.</summary>
    public readonly ReadOnlySpan<byte> End => _at == At.LineStart ? ".\r\n"u8 : "\r\n.\r\n"u8;

    /// <summary>The index, at or after <paramref name="from"/>, of the next dot that needs another before it.</summary>
    /// <param name="piece">The next piece of content.</param>
    /// <param name="from">0 for a new piece; then what the last call returned.</param>
    /// <returns>The piece's length when there is none.</returns>
    /// <exception cref="ContentNotCanonicalException">Not canonical.</exception>
    public int NextDot(ReadOnlySpan<byte> piece, int from)
    {
        var i = from;
        while (i < piece.Length)
        {
            if (_at == At.AfterCr)
            {
                if (piece[i] != '\n') throw new ContentNotCanonicalException(_before + i - 1, "a CR without LF");
                _at = At.LineStart;
                i++;
                continue;
            }
            if (_at == At.LineStart)
            {
                _at = At.InLine;
                if (piece[i] == '.') return i;
            }
            var special = piece[i..].IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
            if (special < 0) break;
            i += special;
            if (piece[i] != '\r')
                throw new ContentNotCanonicalException(_before + i, piece[i] == 0 ? "a NUL" : "an LF without CR");
            _at = At.AfterCr;
            i++;
        }
        _before += piece.Length;
        return piece.Length;
    }

    /// <summary>To be called after the last piece.</summary>
    /// <exception cref="ContentNotCanonicalException">It ended with a lone CR.</exception>
    public readonly void Finish()
    {
        if (_at == At.AfterCr) throw new ContentNotCanonicalException(_before - 1, "a CR without LF");
    }
}
