using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>Every operation fails once (LV0b): what was promised is kept, nothing else is promised, and a restart
/// works.</summary>
public sealed class LogFaultTests(ITestOutputHelper output)
{
    private const int Frames = 24;

    [Fact]
    public async Task Whichever_operation_fails_with_an_error_nothing_promised_is_lost()
    {
        var check = new LogCrashCheck(RecordedLog.Options);
        var failures = 0;
        for (var which = 0; which < 200; which++)
        {
            var disk = FailingAt(which, Errno.InputOutput);
            if (await RunAsync(disk) is { } failure)
            {
                failures++;
                Assert.True(failure is JournalFailedException or DiskException, failure.ToString());
            }

            disk.Fault = null;
            CheckEnd(check, disk);
            if (disk.Done < which) break;
        }

        Assert.True(failures > Frames);
        output.WriteLine($"{failures} operations failed for good, {check.States} crash states");
    }

    [Fact]
    public async Task Whichever_write_finds_the_disk_full_results_are_kept_and_only_new_mail_is_refused()
    {
        var options = RecordedLog.Options with { ReserveSize = 4096 };
        var check = new LogCrashCheck(options);
        for (var which = 0; which < 40; which++)
        {
            var (disk, writes) = (new SimulatedDisk(), 0);
            var time = new FakeTimeProvider();
            disk.Fault = (_, operation) =>
                operation is DiskOperation.Write { Offset: > 0 } && writes++ == which ? Errno.NoSpace : 0;
            await using (var log = RecordedLog.Start(disk, options, time))
            {
                var refused = 0;
                for (var id = 1; id <= Frames; id++)
                {
                    var isNewMail = id % 2 == 0;
                    try
                    {
                        await log.AppendAsync(id, 600, isNewMail: isNewMail);
                    }
                    catch (SpoolFullException)
                    {
                        Assert.True(isNewMail);
                        refused++;
                        disk.Note(new Promise.Gone([id]));
                        Assert.NotNull(log.Log.RefusesNewMail(1));
                        time.Advance(TimeSpan.FromSeconds(2));
                        Assert.Null(log.Log.RefusesNewMail(1));
                    }
                }

                Assert.InRange(refused, 0, 1);
                Assert.False(log.Log.Failure.IsCompleted);
            }

            CheckEnd(check, disk);
        }

        output.WriteLine($"{check.States} crash states");
    }

    [Fact]
    public async Task On_a_disk_that_is_full_results_go_to_the_reserve_and_new_mail_is_taken_again_when_there_is_room()
    {
        var options = RecordedLog.Options with
        {
            ReserveSize = 4096,
            Space = new SpaceLimits { FloorBytes = 0, FloorPart = 0, FloorInodes = 0 },
        };
        var disk = new SimulatedDisk();
        var time = new FakeTimeProvider();
        await using var log = RecordedLog.Start(disk, options, time);
        long id = 1;
        // The reserve is made ready once a segment is a quarter full.
        while (!disk.Operations.Any(
            one => one is DiskOperation.Rename { To: "/log/reserve" }))
        {
            await log.AppendAsync(id++, 600);
        }

        disk.Capacity = disk.Now.Files.Values.Sum(bytes => (long)bytes.Length) + 500;
        var refused = 0;
        for (var i = 0; i < 8; i++)
        {
            await log.AppendAsync(id++, 100);
            try
            {
                await log.AppendAsync(id++, 600, isNewMail: true);
            }
            catch (SpoolFullException)
            {
                refused++;
            }
        }

        Assert.InRange(refused, 6, 8);
        Assert.DoesNotContain("/log/reserve", disk.Now.Files.Keys);
        Assert.NotNull(log.Log.RefusesNewMail(1));
        disk.Capacity = 1L << 40;
        time.Advance(TimeSpan.FromSeconds(2));
        Assert.Null(log.Log.RefusesNewMail(1));
        await log.AppendAsync(id, 600, isNewMail: true);
        Assert.False(log.Log.Failure.IsCompleted);
    }

    [Fact]
    public async Task When_the_reserve_is_used_up_too_the_log_fails_and_says_why()
    {
        var disk = new SimulatedDisk();
        var log = RecordedLog.Start(disk, RecordedLog.Options);
        await log.AppendAsync(1, 100);
        disk.Fault = (_, operation) => operation is DiskOperation.Write { Offset: > 0 } ? Errno.NoSpace : 0;
        var failure = await Assert.ThrowsAsync<JournalFailedException>(() => log.AppendAsync(2, 600));
        Assert.Contains("reserve", failure.Message, StringComparison.Ordinal);
        Assert.IsType<JournalFailedException>(await log.Log.Failure);
        await Assert.ThrowsAsync<JournalFailedException>(() => log.AppendAsync(3, 100));
        await log.DisposeAsync();
    }

    private static SimulatedDisk FailingAt(int which, int error) => new()
    {
        Fault = (number, _) => number == which ? error : 0,
    };

    // What ended the run; null when it went through.
    private static async Task<Exception?> RunAsync(SimulatedDisk disk)
    {
        RecordedLog? log = null;
        try
        {
            log = RecordedLog.Start(disk, RecordedLog.Options);
            for (var id = 1; id <= Frames; id++) await log.AppendAsync(id, 600);
            return null;
        }
        catch (Exception failure)
        {
            return failure;
        }
        finally
        {
            if (log is not null) await log.DisposeAsync();
        }
    }

    // The machine may crash now; or only the process has ended, and the next one starts.
    private static void CheckEnd(LogCrashCheck check, SimulatedDisk disk)
    {
        var operations = disk.Operations;
        var promised = Promises.UpTo(operations);
        check.CheckAfter(disk, operations.Length, sample: 50);
        check.Check(disk.Now, promised, operations.Length);
    }
}
