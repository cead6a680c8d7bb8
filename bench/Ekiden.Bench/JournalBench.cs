using System.Diagnostics;
using System.Globalization;
using Ekiden.Spool;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Bench;

/// <summary>
/// Durable frames per second, CPU per frame, flushes per frame: each producer appends a frame, waits until it is
/// flushed, and appends the next. Sealed segments are deleted, as by a relay that keeps up, so that their space is used
/// again.
/// </summary>
internal sealed class JournalBench : IFrameApplier
{
    private const int KeptSegments = 2;

    private readonly byte[] _content;
    private readonly SegmentLog _log;
    private long _appended;
    private volatile bool _isOver;

    private JournalBench(SegmentLog log, int size)
    {
        _log = log;
        _content = new byte[size];
        new Random(1).NextBytes(_content);
    }

    public static async Task<int> RunAsync(Arguments arguments)
    {
        var size = arguments.Number("size", 10 << 10);
        var seconds = TimeSpan.FromSeconds(arguments.Number("seconds", 10));
        var root = arguments.Text(
            "directory", Path.Combine(Path.GetTempPath(), $"ekiden-bench-{Environment.ProcessId}"));
        Console.WriteLine("producers      msg/s   CPU us/msg  flushes/msg  frames/write   MB/s   wait p50 ms   p99 ms");
        int[] producers = arguments.Number("producers", 0) is var one and > 0 ? [one] : [1, 20, 200];
        foreach (var count in producers)
        {
            var directory = Path.Combine(root, count.ToString(CultureInfo.InvariantCulture));
            var options = new SegmentLogOptions(directory)
            {
                FillAhead = arguments.Number("fill", 1) == 1,
                Spares = arguments.Number("spares", 4),
            };
            var log = SegmentLog.Open(options, new LinuxDisk(), TimeProvider.System, NullLogger.Instance);
            log.Replay(LogPosition.Start, new Nothing(), CancellationToken.None);
            var bench = new JournalBench(log, size);
            log.Start(bench);
            await bench.MeasureAsync(count, TimeSpan.FromSeconds(3));
            Console.WriteLine(await bench.MeasureAsync(count, seconds));
            await log.DisposeAsync();
            System.IO.Directory.Delete(directory, recursive: true);
        }

        return 0;
    }

    public void Applied(ReadOnlySpan<AppliedFrame> frames, LogPosition? through)
    {
    }

    private async Task<string> MeasureAsync(int producers, TimeSpan duration)
    {
        _isOver = false;
        _appended = 0;
        var before = _log.Counters;
        var processor = Process.GetCurrentProcess().TotalProcessorTime;
        var start = Stopwatch.GetTimestamp();
        var all = new List<Task<List<double>>>();
        for (var i = 0; i < producers; i++) all.Add(Task.Run(ProduceAsync));
        var cleaning = Task.Run(CleanAsync);
        await Task.Delay(duration, TimeProvider.System, CancellationToken.None);
        _isOver = true;
        var waits = (await Task.WhenAll(all)).SelectMany(one => one).Order().ToArray();
        await cleaning;
        var elapsed = Stopwatch.GetElapsedTime(start);
        processor = Process.GetCurrentProcess().TotalProcessorTime - processor;
        var after = _log.Counters;
        var frames = (double)(after.Frames - before.Frames);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{producers,9} {_appended / elapsed.TotalSeconds,10:N0} {processor.TotalMicroseconds / _appended,12:N1} " +
            $"{(after.Flushes - before.Flushes) / frames,12:N3} {frames / (after.Writes - before.Writes),13:N1} " +
            $"{(after.Bytes - before.Bytes) / elapsed.TotalSeconds / 1e6,6:N0} " +
            $"{waits[waits.Length / 2],13:N2} {waits[waits.Length * 99 / 100],8:N2}");
    }

    private async Task<List<double>> ProduceAsync()
    {
        var waits = new List<double>();
        while (!_isOver)
        {
            var start = Stopwatch.GetTimestamp();
            var frame = _log.NewFrame();
            frame.GetSpan(200)[..200].Clear();
            frame.Advance(200);
            frame.Refer(_content);
            frame.IsNewMail = true;
            await _log.AppendAsync(frame, Durability.Flushed);
            Interlocked.Increment(ref _appended);
            waits.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return waits;
    }

    private async Task CleanAsync()
    {
        while (!_isOver)
        {
            await Task.Delay(TimeSpan.FromMilliseconds(50), TimeProvider.System, CancellationToken.None);
            var segments = _log.Segments;
            for (var i = 0; i < segments.Count - KeptSegments; i++) _log.Delete(segments[i].Id);
        }
    }

    private sealed class Nothing : IReplayHandler
    {
        public void Replayed(FrameLocation at, ReadOnlySpan<byte> payload)
        {
        }

        public void Damaged(DamagedRange range, ReadOnlySpan<byte> bytes)
        {
        }
    }
}
