using System.Buffers;
using System.Globalization;
using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>
/// Content too large for a frame, written and flushed apart from the log, so that one 25 MB mail never delays a
/// password reset. Knows nothing of messages.
/// </summary>
/// <remarks>
/// A file belongs to one writer at a time; the next writer goes on behind it until the file is full. Files of an
/// earlier run are never written again. Content is stored in blocks of 64 KiB, each with its own checksum.
/// </remarks>
internal sealed class ContentSegments : IDisposable
{
    private const string Suffix = ".content";

    private readonly ContentOptions _options;
    private readonly IDisk _disk;
    private readonly SpaceGuard _space;
    private readonly DiskThreads _threads;
    private readonly Lock _gate = new();
    private readonly SortedList<long, ContentFile> _files = [];
    private readonly Stack<ContentFile> _free = new();
    private readonly TaskCompletionSource<Exception> _failure = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private long _lastId;

    private ContentSegments(ContentOptions options, IDisk disk, TimeProvider time)
    {
        _options = options;
        _disk = disk;
        _space = new SpaceGuard(disk, options.Directory, options.Space, time);
        _threads = new DiskThreads(options.Threads);
    }

    /// <summary>Lists the content files of a directory, made when missing.</summary>
    /// <exception cref="DiskException">The directory cannot be read or made.</exception>
    public static ContentSegments Open(ContentOptions options, IDisk disk, TimeProvider time)
    {
        disk.CreateDirectory(options.Directory);
        var segments = new ContentSegments(options, disk, time);
        foreach (var entry in disk.List(options.Directory))
        {
            if (IdIn(entry.Name) is not { } id) continue;
            var path = System.IO.Path.Combine(options.Directory, entry.Name);
            segments._files.Add(id, new ContentFile(id, path, disk.Open(path, DiskFileMode.ReadWrite), isNew: false));
            segments._lastId = Math.Max(segments._lastId, id);
        }

        return segments;
    }

    /// <summary>The files, oldest first.</summary>
    public IReadOnlyList<ContentSegmentInfo> Segments
    {
        get
        {
            lock (_gate)
            {
                return [.. _files.Values.Select(file => new ContentSegmentInfo(file.Id, file.End, file.IsInUse))];
            }
        }
    }

    /// <summary>Completes (with the cause) when a write or flush failed and the process must end.</summary>
    public Task<Exception> Failure => _failure.Task;

    /// <summary>
    /// Ids up to this one were used, in an earlier run too: a journal that remembers more says so at its start.
    /// </summary>
    public void UsedUpTo(long id)
    {
        lock (_gate) _lastId = Math.Max(_lastId, id);
    }

    /// <summary>
    /// Begins a content. The caller disposes the writer after its commit, or without one: then it is dead space.
    /// </summary>
    /// <param name="expectedSize">Bytes to come, as far as known.</param>
    /// <exception cref="SpoolFullException">No room.</exception>
    /// <exception cref="JournalFailedException">The disk failed, now or earlier.</exception>
    public ContentWriter NewWriter(long expectedSize)
    {
        ThrowIfFailed();
        if (_space.Refuses(expectedSize) is { } reason) throw new SpoolFullException(reason);
        ContentFile? file;
        lock (_gate)
        {
            if (!_free.TryPop(out file))
            {
                file = Make();
                _files.Add(file.Id, file);
            }

            file.Hold();
        }

        return new ContentWriter(this, file);
    }

    /// <summary>
    /// Reads a part of a content, each block checked before any byte of it is given out. Blocks for the disk.
    /// </summary>
    /// <returns>Bytes read: all of the destination, fewer at the end of the content.</returns>
    /// <exception cref="FrameDamagedException">A block is not as it was written, or the file is gone.</exception>
    /// <exception cref="DiskException">The disk cannot be read.</exception>
    public int Read(ContentLocation at, long offset, Span<byte> destination)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        var total = (int)Math.Clamp(at.Length - offset, 0, destination.Length);
        var buffer = ArrayPool<byte>.Shared.Rent(ContentBlock.Size);
        try
        {
            for (var done = 0; done < total;)
            {
                var (number, skip) = Math.DivRem(offset + done, ContentBlock.Full);
                var content = ReadBlock(at, number, buffer)[(int)skip..];
                var count = Math.Min(content.Length, total - done);
                content[..count].CopyTo(destination[done..]);
                done += count;
            }

            return total;
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }

    /// <summary>
    /// Deletes a file; false while a writer that is not disposed has content in it. The newest file is emptied, not
    /// removed, so that its id is not used again after a restart.
    /// </summary>
    /// <exception cref="DiskException">The disk refused.</exception>
    public bool Delete(long segment)
    {
        ContentFile? file;
        lock (_gate)
        {
            if (!_files.TryGetValue(segment, out file)) return true;
            if (file.IsInUse) return false;
            Forget(file);
            if (segment < _lastId) _files.Remove(segment);
            else file.End = 0;
        }

        if (segment == _lastId)
        {
            file.File.SetLength(0);
            return true;
        }

        file.Dispose();
        _disk.Delete(file.Path);
        _disk.SyncDirectory(_options.Directory);
        return true;
    }

    /// <summary>Ends the threads and closes all files.</summary>
    public void Dispose()
    {
        _threads.Dispose();
        lock (_gate)
        {
            foreach (var file in _files.Values) file.Dispose();
        }
    }

    /// <summary>
    /// Runs work on a file on a thread that may wait; what it throws is told as the callers of a writer expect.
    /// </summary>
    internal async ValueTask OnDiskAsync(ContentFile file, Action work)
    {
        ThrowIfFailed();
        try
        {
            await _threads.RunAsync(work);
        }
        catch (DiskException full) when (full is { IsFull: true, Operation: "pwritev" })
        {
            _space.MarkFull();
            throw new SpoolFullException(full.Message);
        }
        catch (DiskException failure)
        {
            file.HasFailed = true;
            _failure.TrySetResult(failure);
            throw new JournalFailedException($"content cannot be stored: {failure.Message}", failure);
        }
    }

    /// <summary>Makes the content of a file durable, and its name when it is new.</summary>
    internal void Flush(ContentFile file)
    {
        if (!file.IsNew)
        {
            file.File.SyncData();
            return;
        }

        file.File.Sync();
        _disk.SyncDirectory(_options.Directory);
        file.IsNew = false;
    }

    /// <summary>Counts bytes that take room.</summary>
    internal void Wrote(long bytes) => _space.Wrote(bytes);

    /// <summary>Lets the next writer go on in the file, when it is not full.</summary>
    internal void GoOn(ContentFile file)
    {
        lock (_gate)
        {
            if (!file.HasFailed && file.End < _options.SegmentSize && _files.ContainsKey(file.Id)) _free.Push(file);
        }
    }

    private static long? IdIn(string name) =>
        name.EndsWith(Suffix, StringComparison.Ordinal) && long.TryParse(
            name.AsSpan(0, name.Length - Suffix.Length), NumberStyles.AllowHexSpecifier, CultureInfo.InvariantCulture,
            out var id) && id > 0
            ? id
            : null;

    private ContentFile Make()
    {
        var id = ++_lastId;
        var path = System.IO.Path.Combine(
            _options.Directory, string.Create(CultureInfo.InvariantCulture, $"{id:x16}{Suffix}"));
        try
        {
            return new ContentFile(id, path, _disk.Open(path, DiskFileMode.CreateNew), isNew: true);
        }
        catch (DiskException full) when (full.IsFull)
        {
            _space.MarkFull();
            throw new SpoolFullException(full.Message);
        }
    }

    private void Forget(ContentFile file)
    {
        if (!_free.Contains(file)) return;
        var others = _free.Where(one => one != file).Reverse().ToArray();
        _free.Clear();
        foreach (var other in others) _free.Push(other);
    }

    // The content of one block, checked.
    private ReadOnlySpan<byte> ReadBlock(ContentLocation at, long number, byte[] buffer)
    {
        var offset = at.Offset + (number * ContentBlock.Size);
        var size = ContentBlock.HeaderSize + (int)Math.Min(ContentBlock.Full, at.Length - (number * ContentBlock.Full));
        var block = buffer.AsSpan(0, size);
        ContentFile? file;
        lock (_gate)
        {
            if (_files.TryGetValue(at.Segment, out file)) file.Hold();
        }

        try
        {
            if (file is null || file.File.Read(offset, block) != size
                || !ContentBlock.IsValid(block, at.Segment, offset))
            {
                throw new FrameDamagedException(
                    $"content at {offset} of content file {at.Segment} is not as it was written");
            }
            return block[ContentBlock.HeaderSize..];
        }
        finally
        {
            file?.LetGo();
        }
    }

    private void ThrowIfFailed()
    {
        if (_failure.Task.IsCompletedSuccessfully)
            throw new JournalFailedException("content cannot be stored any more");
    }
}
