using System.Buffers;
using System.IO.Pipelines;
using System.Runtime.CompilerServices;

namespace Ekiden.Smtp.Protocol;

/// <summary>
/// Takes lines from a pipe and lends the bytes behind them to whoever reads message data. Only CRLF ends a line; a bare
/// CR, a bare LF or a NUL is told apart at once. RFC 5321 §2.3.8.
/// </summary>
/// <remarks>One owner, one thread at a time. A line over its limit is skipped without being kept.</remarks>
internal sealed class LineReader(PipeReader input)
{
    /// <summary>After so many bytes of one line without an end, nobody reads on: reliability B-R6.</summary>
    public const int MostSkipped = 64 * 1024;

    private ReadOnlySequence<byte> _unread;
    private byte[]? _joined;
    private bool _holds;
    private long _skipped;
    private int _searched;

    /// <summary>Bytes that were received and not taken yet; valid until the next fill.</summary>
    public ReadOnlySequence<byte> Unread => _unread;

    /// <summary>Takes bytes off the front of <see cref="Unread"/>.</summary>
    public void Take(long count)
    {
        _unread = _unread.Slice(count);
        _searched = 0;
    }

    /// <summary>
    /// Takes the next line if all of it was received. <paramref name="line"/> is without CRLF and valid until the next
    /// call. <paramref name="limit"/> counts the CRLF.
    /// </summary>
    public LineStatus TryTakeLine(int limit, out ReadOnlySpan<byte> line)
    {
        line = default;
        var bytes = Front();
        var hit = bytes[_searched..].IndexOfAny((byte)'\r', (byte)'\n', (byte)0);
        if (hit < 0) return EndIsMissing(bytes.Length, limit);

        var end = _searched + hit;
        if (bytes[end] != '\r') return LineStatus.BareNewline;
        if (end + 1 == bytes.Length) return EndIsMissing(end, limit);
        if (bytes[end + 1] != '\n') return LineStatus.BareNewline;

        line = bytes[..end];
        Take(end + 2);
        var isTooLong = _skipped > 0 || end + 2 > limit;
        _skipped = 0;
        return isTooLong ? LineStatus.TooLong : LineStatus.Line;
    }

    /// <summary>Waits until more bytes are there than before.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    public async ValueTask<FillStatus> FillAsync()
    {
        var before = _unread.Length;
        Release();
        var read = await input.ReadAsync(CancellationToken.None);
        _holds = true;
        _unread = read.Buffer;
        // The buffer first, the end last: the final read may carry a whole line.
        if (_unread.Length > before) return FillStatus.Filled;
        return read.IsCompleted ? FillStatus.Ended : FillStatus.Interrupted;
    }

    /// <summary>Gives the buffer back to the pipe; what was not taken is there again after the next fill.</summary>
    public void Release()
    {
        if (!_holds) return;
        input.AdvanceTo(_unread.Start, _unread.End);
        _holds = false;
        _unread = default;
    }

    // No end within the first bytes (a CR at their very end is not among them). Over the limit they are dropped, so
    // that a long line costs no memory.
    private LineStatus EndIsMissing(int length, int limit)
    {
        if (_skipped == 0 && length + 2 <= limit)
        {
            _searched = length;
            return LineStatus.Missing;
        }
        _skipped += length;
        Take(length);
        if (_skipped > MostSkipped) return LineStatus.Endless;
        return _unread.Length <= 1 ? LineStatus.Missing : LineStatus.Skipping;
    }

    // The first bytes in one span. The socket's reader has no more than one segment; those of a pipe are joined.
    private ReadOnlySpan<byte> Front()
    {
        if (_unread.IsSingleSegment) return _unread.FirstSpan;
        _joined ??= new byte[MostSkipped];
        var part = _unread.Slice(0, Math.Min(_unread.Length, _joined.Length));
        part.CopyTo(_joined);
        return _joined.AsSpan(0, (int)part.Length);
    }
}

/// <summary>What <see cref="LineReader.TryTakeLine"/> found.</summary>
internal enum LineStatus
{
    /// <summary>A line.</summary>
    Line,

    /// <summary>The end has not been received yet: fill.</summary>
    Missing,

    /// <summary>Part of an over-long line was dropped, and more is there: call again.</summary>
    Skipping,

    /// <summary>A line over the limit ended; it was dropped.</summary>
    TooLong,

    /// <summary>Over <see cref="LineReader.MostSkipped"/> bytes without an end.</summary>
    Endless,

    /// <summary>A CR or LF that is not part of CRLF, or a NUL.</summary>
    BareNewline,
}

/// <summary>What <see cref="LineReader.FillAsync"/> brought.</summary>
internal enum FillStatus
{
    /// <summary>More bytes.</summary>
    Filled,

    /// <summary>The peer closed or the connection broke; nothing more will come.</summary>
    Ended,

    /// <summary>Somebody woke the reader: a deadline or a stop.</summary>
    Interrupted,
}
