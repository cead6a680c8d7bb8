using Ekiden.Spool.Content;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Journal;

/// <summary>What a <see cref="FileJournal"/> is made of, for those who work on it together.</summary>
internal sealed record JournalParts(
    JournalOptions Options, Superblock Superblock, IDisk Disk, IDisposable Claim, TimeProvider Time,
    ILoggerFactory Loggers)
    : IAsyncDisposable
{
    public required SegmentLog Log { get; init; }

    public required ContentSegments Contents { get; init; }

    public required QueueIndex Index { get; init; }

    public required PendingFacts Pending { get; init; }

    public required ContentMemory Memory { get; init; }

    public required FreshMessages Fresh { get; init; }

    public required JournalView View { get; init; }

    /// <summary>Closes the files, then lets another process have the directory.</summary>
    public async ValueTask DisposeAsync()
    {
        await Log.DisposeAsync();
        Contents.Dispose();
        Claim.Dispose();
    }
}
