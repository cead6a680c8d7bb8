namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// SHA-256 of a body in DKIM's simple form, computed while the body arrives: empty lines at its end become one CRLF,
/// and so does no body at all. RFC 6376 §3.4.3.
/// </summary>
internal sealed class SimpleBodyHash(long limit) : IDisposable
{
    private readonly BodyDigest _digest = new(limit);
    private int _pendingLineEnds;
    private bool _sawReturn;

    /// <summary>Bytes of the simple body after <see cref="Finish"/>, those beyond the limit too.</summary>
    internal long Length { get; private set; }

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    internal void Append(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_sawReturn)
            {
                _sawReturn = false;
                if (piece[0] == '\n')
                {
                    _pendingLineEnds++;
                    piece = piece[1..];
                    continue;
                }
                AddText("\r"u8);
            }
            var text = piece.IndexOf((byte)'\r') is var at and >= 0 ? piece[..at] : piece;
            if (!text.IsEmpty) AddText(text);
            piece = piece[text.Length..];
            if (piece.IsEmpty) return;
            _sawReturn = true;
            piece = piece[1..];
        }
    }

    internal byte[] Finish()
    {
        if (_sawReturn) AddText("\r"u8);
        _digest.Put(LineEnd);
        Length = _digest.Length;
        (_pendingLineEnds, _sawReturn) = (0, false);
        return _digest.Finish();
    }

    public void Dispose() => _digest.Dispose();

    private void AddText(ReadOnlySpan<byte> text)
    {
        for (; _pendingLineEnds > 0; _pendingLineEnds--) _digest.Put(LineEnd);
        _digest.Put(text);
    }
}
