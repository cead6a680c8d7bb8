using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>
/// One content file. One writer at a time; kept while any writer's content in it may still be committed.
/// </summary>
internal sealed class ContentFile(long id, string path, IDiskFile file, bool isNew) : IDisposable
{
    private int _holders;
    private long _end = file.Length;

    /// <summary>Strictly growing, never used twice.</summary>
    public long Id { get; } = id;

    /// <summary>Where it is.</summary>
    public string Path { get; } = path;

    /// <summary>The open file.</summary>
    public IDiskFile File { get; } = file;

    /// <summary>Its name may not be durable yet.</summary>
    public bool IsNew { get; set; } = isNew;

    /// <summary>A flush failed: it must not be flushed again, nor written (M-R4).</summary>
    public bool HasFailed { get; set; }

    /// <summary>Where the next content begins.</summary>
    public long End
    {
        get => Volatile.Read(ref _end);
        set => Volatile.Write(ref _end, value);
    }

    /// <summary>A writer that is not disposed has content in it.</summary>
    public bool IsInUse => Volatile.Read(ref _holders) > 0;

    /// <summary>Keeps the file until <see cref="LetGo"/>.</summary>
    public void Hold() => Interlocked.Increment(ref _holders);

    /// <summary>Ends what <see cref="Hold"/> began.</summary>
    public void LetGo() => Interlocked.Decrement(ref _holders);

    /// <inheritdoc/>
    public void Dispose() => File.Dispose();
}
