using System.Buffers;
using System.Security.Cryptography;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// SHA-256 of a body in DKIM's relaxed form, computed while the body arrives: blanks at the end of a line go, runs of
/// blanks inside a line become one space, empty lines at the end of the body go. RFC 6376 §3.4.4.
/// </summary>
/// <remarks>
/// The body must have CRLF line ends only; pieces may be cut anywhere. A body that is not empty and does not end with
/// CRLF is hashed as if it did.
/// </remarks>
public sealed class RelaxedBodyHash : IDisposable
{
    private static readonly SearchValues<byte> Special = SearchValues.Create(" \t\r"u8);
    private static ReadOnlySpan<byte> LineEnd => "\r\n"u8;

    private readonly IncrementalHash _hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private byte[] _buffer = ArrayPool<byte>.Shared.Rent(4096);
    private int _buffered;
    private int _pendingLineEnds; // seen, not yet hashed: they count only if a non-empty line follows
    private bool _pendingBlank; // a run of blanks, not yet hashed: it counts only if text follows on the line
    private bool _sawReturn; // a CR, whose LF is still to come
    private bool _hashedAny; // the body is not empty in its relaxed form

    /// <summary>The next piece of the body.</summary>
    public void Append(ReadOnlySpan<byte> piece)
    {
        while (!piece.IsEmpty)
        {
            if (_sawReturn)
            {
                EndLine();
                piece = piece[1..]; // the LF: a lone CR never gets here (the reader refuses it)
                continue;
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
        // RFC 6376 §3.4.4: an empty body stays empty; else exactly one CRLF ends it.
        if (_hashedAny) Put(LineEnd);
        FlushBuffer();
        _pendingLineEnds = 0;
        (_pendingBlank, _sawReturn, _hashedAny) = (false, false, false);
        return _hash.GetHashAndReset();
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        if (_buffer.Length > 0) ArrayPool<byte>.Shared.Return(_buffer);
        _buffer = [];
        _hash.Dispose();
    }

    private void EndLine()
    {
        _sawReturn = false;
        _pendingBlank = false;
        _pendingLineEnds++;
    }

    private void AddText(ReadOnlySpan<byte> text)
    {
        for (; _pendingLineEnds > 0; _pendingLineEnds--) Put(LineEnd);
        if (_pendingBlank)
        {
            _pendingBlank = false;
            Put(" "u8);
        }
        Put(text);
        _hashedAny = true;
    }

    private void Put(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length > _buffer.Length - _buffered)
        {
            FlushBuffer();
            if (bytes.Length >= _buffer.Length)
            {
                _hash.AppendData(bytes);
                return;
            }
        }
        bytes.CopyTo(_buffer.AsSpan(_buffered));
        _buffered += bytes.Length;
    }

    private void FlushBuffer()
    {
        if (_buffered > 0) _hash.AppendData(_buffer, 0, _buffered);
        _buffered = 0;
    }
}
