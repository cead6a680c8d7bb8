using System.Buffers;

namespace Ekiden.Smtp.Client;

/// <summary>Writes content to the wire, dots doubled and the end marked: the one way out for message data.</summary>
/// <remarks>
/// reliability.md A-R5. Content in memory is proved canonical before MAIL is said; content from disk piece by piece,
/// and given up without its final dot when it is not. Small runs are gathered into one buffer, large ones are sent from
/// where they are.
/// </remarks>
internal sealed class ContentWriter(ClientWire wire, SmtpClientOptions options) : IDisposable
{
    private const int MaxGathered = 16 * 1024;
    private const int MaxBlock = 128 * 1024; // one write, with BlockTimeout for itself
    private const int Tail = 1024; // kept back, so that the final dot does not travel alone

    private static readonly byte[] Dot = "."u8.ToArray();

    private ContentScanner _scanner;
    private long _dots;
    private byte[] _gathered = [];
    private int _length;

    /// <summary>Proves that content is canonical.</summary>
    /// <exception cref="ContentNotCanonicalException">It is not.</exception>
    public void Inspect(in ReadOnlySequence<byte> content)
    {
        foreach (var piece in content)
        {
            var bytes = piece.Span;
            for (var at = _scanner.NextDot(bytes, 0); at < bytes.Length; at = _scanner.NextDot(bytes, at)) _dots++;
        }
        _scanner.Finish();
    }

    /// <summary>Sends content that was inspected, and the final dot.</summary>
    /// <returns>False when the connection ended before the dot was out.</returns>
    public async ValueTask<bool> SendAsync(ReadOnlySequence<byte> content)
    {
        Rent(content.Length + _dots + _scanner.End.Length);
        if (_dots > 0) _scanner = new ContentScanner();
        foreach (var piece in content)
            if (!(_dots > 0 ? await AddStuffedAsync(piece) : await AddAsync(piece))) return false;
        return await EndAsync();
    }

    /// <summary>Sends content as it comes, and the final dot.</summary>
    /// <returns>False when the connection ended before the dot was out.</returns>
    /// <exception cref="ContentNotCanonicalException">It is not canonical; the dot was not sent.</exception>
    public async ValueTask<bool> SendAsync(IAsyncEnumerable<ReadOnlyMemory<byte>> content)
    {
        Rent(MaxGathered);
        await foreach (var piece in content)
            if (!await AddStuffedAsync(piece)) return false;
        _scanner.Finish();
        return await EndAsync();
    }

    public void Dispose()
    {
        if (_gathered.Length > 0) ArrayPool<byte>.Shared.Return(_gathered);
        _gathered = [];
    }

    private void Rent(long wanted) => _gathered = ArrayPool<byte>.Shared.Rent((int)Math.Min(MaxGathered, wanted));

    private async ValueTask<bool> AddStuffedAsync(ReadOnlyMemory<byte> piece)
    {
        var from = 0;
        while (true)
        {
            var dot = _scanner.NextDot(piece.Span, from);
            if (!await AddAsync(piece[from..dot])) return false;
            if (dot == piece.Length) return true;
            if (!await AddAsync(Dot)) return false;
            from = dot;
        }
    }

    private async ValueTask<bool> AddAsync(ReadOnlyMemory<byte> run)
    {
        if (run.Length > _gathered.Length - _length)
        {
            if (!await FlushAsync()) return false;
            while (run.Length > _gathered.Length)
            {
                var block = run[..Math.Min(run.Length - Tail, MaxBlock)];
                if (!await wire.WriteAsync(block, options.BlockTimeout, options.BlockTimeout)) return false;
                run = run[block.Length..];
            }
        }
        run.CopyTo(_gathered.AsMemory(_length));
        _length += run.Length;
        return true;
    }

    private async ValueTask<bool> EndAsync()
    {
        var length = _scanner.End.Length;
        if (length > _gathered.Length - _length && !await FlushAsync()) return false;
        _scanner.End.CopyTo(_gathered.AsSpan(_length));
        return await wire.WriteAsync(
            _gathered.AsMemory(0, _length + length), options.BlockTimeout, options.DotTimeout, isDot: true);
    }

    private async ValueTask<bool> FlushAsync()
    {
        if (_length == 0) return true;
        var block = _gathered.AsMemory(0, _length);
        _length = 0;
        return await wire.WriteAsync(block, options.BlockTimeout, options.BlockTimeout);
    }
}
