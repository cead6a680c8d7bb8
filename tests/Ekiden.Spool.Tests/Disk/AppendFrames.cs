using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Spool.Tests.Disk;

/// <summary>
/// A program of its own: appends frames to a log on the real disk, one after the other, and prints each one's end.
/// </summary>
internal static class AppendFrames
{
    public const int FrameSize = 600;
    public const int Failed = 3;

    public static SegmentLogOptions Options(string directory, int segmentSize) => new(directory)
    {
        SegmentSize = segmentSize,
        FillAhead = false,
        ReserveSize = 0,
    };

    public static async Task<int> RunAsync(string directory, int count, int segmentSize)
    {
        var log = SegmentLog.Open(
            Options(directory, segmentSize), new LinuxDisk(), TimeProvider.System, NullLogger.Instance);
        log.Replay(LogPosition.Start, new FoundFrames(), CancellationToken.None);
        try
        {
            log.Start(new Nobody());
            for (var id = 1; id <= count; id++)
            {
                var frame = log.NewFrame();
                RecordedLog.FillPayload(frame, id, FrameSize);
                await log.AppendAsync(frame, Durability.Flushed);
                Console.Out.WriteLine($"safe {id}");
            }

            return 0;
        }
        catch (Exception failure) when (failure is JournalFailedException or DiskException)
        {
            Console.Out.WriteLine($"failed: {failure.Message}");
            return Failed;
        }
        finally
        {
            await log.DisposeAsync();
        }
    }

    private sealed class Nobody : IFrameApplier
    {
        public void Applied(ReadOnlySpan<AppliedFrame> frames, LogPosition? through)
        {
        }
    }
}
