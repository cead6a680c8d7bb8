using System.Runtime.CompilerServices;

namespace Ekiden.Spool.Index;

/// <summary>
/// A growing array of structs without references, in chunks of 128 KiB: growth never copies what is there, the garbage
/// collector neither scans nor moves it, and a frozen view of it costs only the chunks written meanwhile.
/// </summary>
/// <remarks>Not thread-safe.</remarks>
internal sealed class ChunkedArray<T> where T : struct
{
    // Over 85,000 bytes: the large object heap, where nothing is moved.
    private const int ChunkBytes = 128 << 10;

    private readonly int _bits = 31 - int.LeadingZeroCount(ChunkBytes / Unsafe.SizeOf<T>());
    private T[][] _chunks = [];
    private T[]?[]? _frozen;
    private int _chunkCount;

    /// <summary>Elements in use, one behind the other from 0 on.</summary>
    public int Count { get; private set; }

    /// <summary>Bytes of memory in use.</summary>
    public long Bytes => (long)_chunkCount * Unsafe.SizeOf<T>() << _bits;

    /// <summary>Adds an element; returns its place.</summary>
    public int Add(in T value)
    {
        if (Count >> _bits == _chunkCount) Grow();
        Write(Count) = value;
        return Count++;
    }

    /// <summary>An element to read.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref readonly T Read(int index) => ref _chunks[index >> _bits][index & ((1 << _bits) - 1)];

    /// <summary>An element to change; keeps what it was for the frozen view.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    public ref T Write(int index)
    {
        var chunk = index >> _bits;
        if (_frozen is not null) Preserve(chunk);
        return ref _chunks[chunk][index & ((1 << _bits) - 1)];
    }

    /// <summary>From now on <see cref="Frozen"/> shows everything as it is now, whatever is written.</summary>
    public void Freeze() => _frozen = new T[]?[_chunkCount];

    /// <summary>An element as it was at <see cref="Freeze"/>.</summary>
    public ref readonly T Frozen(int index)
    {
        var kept = _frozen is { } frozen ? frozen[index >> _bits] : null;
        return ref (kept ?? _chunks[index >> _bits])[index & ((1 << _bits) - 1)];
    }

    /// <summary>Ends the frozen view and lets its memory go.</summary>
    public void Thaw() => _frozen = null;

    private void Preserve(int chunk)
    {
        if (chunk < _frozen!.Length) _frozen[chunk] ??= (T[])_chunks[chunk].Clone(); // checked by the caller
    }

    private void Grow()
    {
        // Only the list of chunks is copied: 8 bytes for every 128 KiB of elements.
        if (_chunkCount == _chunks.Length) Array.Resize(ref _chunks, Math.Max(16, _chunkCount * 2));
        _chunks[_chunkCount++] = new T[1 << _bits];
    }
}
