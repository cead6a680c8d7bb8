using System.Buffers;
using System.Diagnostics;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Content;

/// <summary>
/// Bytes of a message in pooled memory, shared by whoever holds a reference: the session that receives it, the writer
/// that puts it on disk, the cache, an attempt. The last one to let go gives the memory back.
/// </summary>
/// <remarks>Filled by one owner before it is shared; afterwards it never changes.</remarks>
internal sealed class ContentBuffer
{
    private const int SmallestChunk = 4 << 10;
    private const int LargestChunk = 256 << 10;

    private readonly ContentMemory _memory;
    private readonly List<Chunk> _chunks = new(1);
    private readonly FramePayload? _payload;
    private ReadOnlyMemory<byte> _prefix;
    private ReadOnlySequence<byte>? _sequence;
    private int _body;
    private int _references = 1;

    /// <summary>An empty one, to be filled.</summary>
    public ContentBuffer(ContentMemory memory) => _memory = memory;

    /// <summary>
    /// A part of a payload read back from the log; the payload is given back with the last reference.
    /// </summary>
    public ContentBuffer(ContentMemory memory, FramePayload payload, int offset, int length)
        : this(memory)
    {
        _payload = payload;
        _sequence = new ReadOnlySequence<byte>(payload.Memory.Slice(offset, length));
        _body = length;
        memory.Take(payload.Memory.Length);
    }

    /// <summary>Bytes, the prefix included.</summary>
    public int Length => _prefix.Length + _body;

    /// <summary>Bytes of pooled memory held.</summary>
    public int Held { get; private set; }

    /// <summary>All bytes in order.</summary>
    public ReadOnlySequence<byte> Sequence
    {
        get
        {
            CheckAlive();
            return _sequence ??= Link();
        }
    }

    /// <summary>Appends bytes to the body.</summary>
    /// <param name="bytes">Copied.</param>
    /// <param name="expected">How long the body may become; chooses the first chunk.</param>
    public void Append(ReadOnlySpan<byte> bytes, long expected)
    {
        CheckAlive();
        _sequence = null;
        _body += bytes.Length;
        while (bytes.Length > 0)
        {
            if (_chunks.Count == 0 || _chunks[^1].IsFull) AddChunk(Math.Max(expected, bytes.Length));
            var chunk = _chunks[^1];
            var part = Math.Min(bytes.Length, chunk.Bytes.Length - chunk.Length);
            bytes[..part].CopyTo(chunk.Bytes.AsSpan(chunk.Length));
            _chunks[^1] = chunk with { Length = chunk.Length + part };
            bytes = bytes[part..];
        }
    }

    /// <summary>Puts bytes in front of the body; referred to, not copied.</summary>
    public void SetPrefix(ReadOnlyMemory<byte> prefix)
    {
        CheckAlive();
        _sequence = null;
        _prefix = prefix;
    }

    /// <summary>The first bytes in one piece; copied only when they are in several chunks.</summary>
    public ReadOnlyMemory<byte> Head(int length)
    {
        var all = Sequence;
        if (all.First.Length >= Math.Min(length, all.Length)) return all.First[..(int)Math.Min(length, all.Length)];
        return all.Slice(0, Math.Min(length, all.Length)).ToArray();
    }

    /// <summary>One more holder.</summary>
    public void Retain()
    {
        CheckAlive();
        Interlocked.Increment(ref _references);
    }

    /// <summary>One more holder, unless the last has let go already.</summary>
    public bool TryRetain()
    {
        var references = Volatile.Read(ref _references);
        while (references > 0)
        {
            var before = Interlocked.CompareExchange(ref _references, references + 1, references);
            if (before == references) return true;
            references = before;
        }
        return false;
    }

    /// <summary>A holder lets go.</summary>
    public void Release()
    {
        var left = Interlocked.Decrement(ref _references);
        Debug.Assert(left >= 0, "Released more often than retained.");
        if (left != 0) return;
        if (_payload is { } payload)
        {
            _memory.Give(payload.Memory.Length);
            payload.Dispose();
        }
        foreach (var chunk in _chunks) Return(chunk.Bytes);
        _chunks.Clear();
        _sequence = null;
        _memory.Give(Held);
        Held = 0;
    }

    private void CheckAlive() => ObjectDisposedException.ThrowIf(Volatile.Read(ref _references) <= 0, this);

    private static void Return(byte[] bytes)
    {
        Poison(bytes);
        ArrayPool<byte>.Shared.Return(bytes);
    }

    // Whoever reads on after the return sees it at once.
    [Conditional("DEBUG")]
    private static void Poison(byte[] bytes) => bytes.AsSpan().Fill(0xDD);

    private void AddChunk(long wanted)
    {
        // Double what is there, so that a large body takes few chunks and a small one little memory.
        var size = Math.Clamp(Math.Max(wanted - _body, Held), SmallestChunk, LargestChunk);
        if (_chunks.Count == 0) size = Math.Clamp(wanted, SmallestChunk, LargestChunk);
        var bytes = ArrayPool<byte>.Shared.Rent((int)size);
        _chunks.Add(new Chunk(bytes, 0));
        Held += bytes.Length;
        _memory.Take(bytes.Length);
    }

    private ReadOnlySequence<byte> Link()
    {
        if (_prefix.IsEmpty && _chunks.Count <= 1)
            return _chunks.Count == 0 ? default : new ReadOnlySequence<byte>(_chunks[0].Bytes, 0, _chunks[0].Length);
        var first = new Piece(_prefix, null);
        var last = first;
        foreach (var chunk in _chunks) last = new Piece(chunk.Bytes.AsMemory(0, chunk.Length), last);
        return new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private readonly record struct Chunk(byte[] Bytes, int Length)
    {
        public bool IsFull => Length == Bytes.Length;
    }

    private sealed class Piece : ReadOnlySequenceSegment<byte>
    {
        public Piece(ReadOnlyMemory<byte> bytes, Piece? before)
        {
            Memory = bytes;
            if (before is null) return;
            RunningIndex = before.RunningIndex + before.Memory.Length;
            before.Next = this;
        }
    }
}
