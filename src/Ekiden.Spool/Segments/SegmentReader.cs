using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>Reads one segment file from front to back, in large steps, and tells frames from what is none.</summary>
internal sealed class SegmentReader(IDiskFile file, long id, int length)
{
    private const int Step = 1 << 20;

    private byte[] _buffer = [];
    private int _bufferAt;
    private int _buffered;

    /// <summary>Bytes of the file.</summary>
    public int Length { get; } = length;

    /// <summary>The id that the frames must say.</summary>
    public long Id { get; } = id;

    /// <summary>The bytes from a place on, fewer at the end of the file; valid until the next call.</summary>
    public ReadOnlySpan<byte> Peek(int at, int count)
    {
        count = Math.Min(count, Length - at);
        if (count <= 0) return [];
        if (at < _bufferAt || at + count > _bufferAt + _buffered) Fill(at, count);
        return _buffer.AsSpan(at - _bufferAt, Math.Min(count, _buffered - (at - _bufferAt)));
    }

    /// <summary>
    /// The header at a place: false when there is none of this segment, or its frame would pass the limit.
    /// </summary>
    public bool TryHeader(int at, int limit, out FrameHeader header) =>
        FrameHeader.TryRead(Peek(at, FrameHeader.Size), out header) && header.Segment == Id
            && FitsIn(header, at, limit);

    /// <summary>The payload behind a good header; false when it is not the one that was written.</summary>
    public bool TryPayload(int at, FrameHeader header, out ReadOnlySpan<byte> payload)
    {
        payload = Peek(at + FrameHeader.Size, header.Length);
        return payload.Length == header.Length && Crc32C.Of(payload) == header.PayloadChecksum;
    }

    /// <summary>
    /// The next place, from <paramref name="from"/> on, where a whole valid frame begins; the limit when none does.
    /// </summary>
    public int FindFrame(int from, int limit)
    {
        for (var at = from; (at = FindHeader(at, limit)) < limit; at += FrameHeader.Alignment)
        {
            if (TryHeader(at, limit, out var header) && TryPayload(at, header, out _)) return at;
        }

        return limit;
    }

    /// <summary>The next place where a header of this segment stands; the limit when none does.</summary>
    public int FindHeader(int from, int limit)
    {
        var at = FrameHeader.Align(from);
        while (at + FrameHeader.Size <= limit)
        {
            var window = Window(at);
            var found = window.IndexOf(FrameHeader.Magic);
            if (found < 0)
            {
                // The magic may lie across the end of the window.
                if (at + window.Length >= Length || window.Length < FrameHeader.Size) return limit;
                at += (window.Length - FrameHeader.Magic.Length) & ~(FrameHeader.Alignment - 1);
                continue;
            }

            var place = at + found;
            if (place % FrameHeader.Alignment == 0 && TryHeader(place, limit, out _)) return place;
            at = FrameHeader.Align(place + 1);
        }

        return limit;
    }

    // What is buffered from a place on: a reused segment is full of headers of its former life, and reading anew behind
    // each of them would take seconds.
    private ReadOnlySpan<byte> Window(int at)
    {
        var buffered = _bufferAt + _buffered - at;
        return at >= _bufferAt && buffered >= FrameHeader.Size ? _buffer.AsSpan(at - _bufferAt, buffered)
            : Peek(at, Step);
    }

    private static bool FitsIn(FrameHeader header, int at, int limit) =>
        header.Length <= limit - at - FrameHeader.Size && header.FrameSize <= limit - at;

    private void Fill(int at, int count)
    {
        var size = Math.Max(Math.Min(Step, Length), count);
        if (_buffer.Length < size) _buffer = new byte[size];
        _bufferAt = at;
        _buffered = file.Read(at, _buffer.AsSpan(0, Math.Min(_buffer.Length, Length - at)));
    }
}
