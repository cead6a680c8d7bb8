using System.Buffers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// SHA-256 of a body in DKIM's relaxed form, computed while the body arrives: blanks at the end of a line go, runs of
/// blanks inside a line become one space, empty lines at the end of the body go. RFC 6376 §3.4.4.
/// </summary>
/// <remarks>
/// Pieces may be cut anywhere. A body that is not empty and does not end with CRLF is hashed as if it did. A CR or LF
/// that stands alone is text.
/// </remarks>
public sealed class RelaxedBodyHash : IDisposable
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(" \t\r"u8);

    private readonly BodyDigest _digest;
    private int _pendingLineEnds; // seen, not yet hashed: they count only if a non-empty line follows
    private bool _pendingBlank; // a run of blanks, not yet hashed: it counts only if text follows on the line
    private bool _sawReturn; // a CR, which ends the line if an LF follows
    private bool _hashedAny; // the body is not empty in its relaxed form

    /// <summary>A hash of the whole body.</summary>
    public RelaxedBodyHash() : this(long.MaxValue) { }

    internal RelaxedBodyHash(long limit) => _digest = new BodyDigest(limit);

    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    /// <summary>Bytes of the relaxed body after <see cref="Finish"/>, those beyond the limit too.</summary>
    internal long Length { get; private set; }

    /// <summary>The next piece of the body.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_sawReturn)
            {
                _sawReturn = false;
                if (piece[0] == '\n')
                {
                    _pendingBlank = false;
                    _pendingLineEnds++;
                    piece = piece[1..];
                    continue;
                }
                AddText("\r"u8);
            }
            var text = piece.IndexOfAny(Special) is var at and >= 0 ? piece[..at] : piece;
            if (!text.IsEmpty) AddText(text);
            piece = piece[text.Length..];
            if (piece.IsEmpty) return;
            if (piece[0] == '\r') _sawReturn = true;
            else _pendingBlank = true;
            piece = piece[1..];
        }
    }

    /// <summary>The 32 bytes of the hash; the object can then be used for the next body.</summary>
    public byte[] Finish()
    {
        if (_sawReturn) AddText("\r"u8);
        // RFC 6376 §3.4.4: an empty body stays empty; else exactly one CRLF ends it.
        if (_hashedAny) _digest.Put(LineEnd);
        Length = _digest.Length;
        _pendingLineEnds = 0;
        (_pendingBlank, _sawReturn, _hashedAny) = (false, false, false);
        return _digest.Finish();
    }

    /// <inheritdoc/>
    public void Dispose() => _digest.Dispose();

    private void AddText(ReadOnlySpan<byte> text)
    {
        for (; _pendingLineEnds > 0; _pendingLineEnds--) _digest.Put(LineEnd);
        if (_pendingBlank)
        {
            _pendingBlank = false;
            _digest.Put(" "u8);
        }
        _digest.Put(text);
        _hashedAny = true;
    }
}
