using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Spool.Tests.Disk;

/// <summary>
/// The trap of reliability §4.4: a flush that fails must never look like one that succeeded. On the real disk, in a
/// process of its own, with the error put into the system call.
/// </summary>
public sealed class FailedFlushTests : IDisposable
{
    private readonly DirectoryInfo _root = System.IO.Directory.CreateTempSubdirectory("ekiden-flush-");

    private string Log => Path.Combine(_root.FullName, "log");

    public void Dispose() => _root.Delete(recursive: true);

    [Theory]
    [InlineData("EIO", 1)]
    [InlineData("EIO", 3)]
    [InlineData("ENOSPC", 2)]
    [InlineData("EROFS", 2)]
    [InlineData("EDQUOT", 2)]
    [InlineData("EINVAL", 2)]
    public async Task A_flush_that_fails_acknowledges_nothing_and_is_never_repeated(string error, int which)
    {
        Assert.SkipUnless(StraceRun.IsPossible, "strace is not installed");
        var run = await StraceRun.AppendAsync(Log, 5, 1 << 20, $"fdatasync:error={error}:when={which}");
        Assert.Equal(AppendFrames.Failed, run.ExitCode);
        Assert.Equal([.. Enumerable.Range(1, which - 1).Select(id => $"safe {id}")], run.Printed[..^1]);
        Assert.Contains(error, run.Printed[^1], StringComparison.Ordinal);
        var failed = Array.FindIndex(run.Calls, call => call.Name == "fdatasync" && !call.IsGood);
        Assert.Contains(error, run.Calls[failed].Result, StringComparison.Ordinal);
        Assert.DoesNotContain(
            run.Calls[(failed + 1)..],
            call => call.Path == run.Calls[failed].Path && call.Name is "fdatasync" or "fsync" or "pwritev");
        AssertReplays(which - 1);
    }

    [Fact]
    public async Task A_flush_that_is_interrupted_is_repeated_and_succeeds()
    {
        Assert.SkipUnless(StraceRun.IsPossible, "strace is not installed");
        var run = await StraceRun.AppendAsync(Log, 4, 1 << 20, "fdatasync:error=EINTR:when=2+2");
        Assert.Equal(0, run.ExitCode);
        Assert.Equal(["safe 1", "safe 2", "safe 3", "safe 4"], run.Printed);
        Assert.Contains(run.Calls, call => call.Result.Contains("EINTR", StringComparison.Ordinal));
        AssertReplays(4);
    }

    [Fact]
    public async Task A_directory_sync_that_fails_lets_nothing_begin()
    {
        Assert.SkipUnless(StraceRun.IsPossible, "strace is not installed");
        var run = await StraceRun.AppendAsync(Log, 4, 1 << 20, "fsync:error=EIO:when=2+");
        Assert.Equal(AppendFrames.Failed, run.ExitCode);
        Assert.DoesNotContain(run.Printed, line => line.StartsWith("safe", StringComparison.Ordinal));
    }

    [Fact]
    public async Task Data_is_written_then_flushed_then_acknowledged_and_a_new_segment_is_durable_before_its_frames()
    {
        Assert.SkipUnless(StraceRun.IsPossible, "strace is not installed");
        var run = await StraceRun.AppendAsync(Log, 12, 4096, inject: null);
        Assert.Equal(0, run.ExitCode);
        var calls = run.Calls;
        for (var id = 1; id <= 12; id++)
        {
            var acknowledged = Array.FindIndex(
                calls, call => call.Name == "write"
                    && call.Arguments.Contains($"\"safe {id}\\n\"", StringComparison.Ordinal));
            var flushed = Array.FindLastIndex(calls, acknowledged, call => call is { Name: "fdatasync", IsGood: true });
            var written = Array.FindLastIndex(
                calls, acknowledged, call => call.Name == "pwritev"
                    && call.Path.EndsWith(".segment", StringComparison.Ordinal));
            Assert.True(written >= 0 && written < flushed && flushed < acknowledged, $"frame {id}");
            Assert.Equal(calls[written].Path, calls[flushed].Path);
        }

        AssertPreparedBeforeUse(calls);
        AssertReplays(12);
    }

    private void AssertPreparedBeforeUse(SystemCall[] calls)
    {
        var segments = calls.Where(call => call.Name == "pwritev"
            && call.Path.EndsWith(".segment", StringComparison.Ordinal))
            .Select(call => call.Path).Distinct().ToArray();
        Assert.True(segments.Length > 1, "the run did not roll");
        foreach (var segment in segments)
        {
            var first = Array.FindIndex(calls, call => call.Name == "pwritev" && call.Path == segment);
            var made = Path.ChangeExtension(segment, ".new");
            var synced = Array.FindIndex(calls, call => call is { Name: "fsync", IsGood: true } && call.Path == made);
            var named = Array.FindIndex(
                calls, call => call.Name == "rename"
                    && call.Arguments.Contains($"\"{segment}\"", StringComparison.Ordinal));
            var nameSynced = Array.FindIndex(
                calls, named, call => call is { Name: "fsync", IsGood: true } && call.Path == Log);
            Assert.True(synced >= 0 && synced < named && named < nameSynced && nameSynced < first, segment);
        }
    }

    private void AssertReplays(int count)
    {
        var found = new FoundFrames();
        var log = SegmentLog.Open(
            AppendFrames.Options(Log, 1 << 20), new LinuxDisk(), TimeProvider.System, NullLogger.Instance);
        log.Replay(LogPosition.Start, found, CancellationToken.None);
        Assert.Empty(found.Damage);
        // One more may be there: written, never acknowledged.
        Assert.Equal(Enumerable.Range(1, count).Select(id => (long)id), found.Ids.Take(count));
        Assert.InRange(found.Ids.Count, count, count + 1);
    }
}
