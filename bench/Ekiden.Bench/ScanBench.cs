using System.Diagnostics;
using System.Text;
using Ekiden.Smtp.Server;

namespace Ekiden.Bench;

/// <summary>The DATA scanner alone: how fast it finds line ends, dots and the end of a message.</summary>
internal static class ScanBench
{
    public static Task<int> RunAsync(Arguments arguments)
    {
        var size = arguments.Number("size", 10_240);
        var rounds = arguments.Number("messages", 200_000);
        var message = Message(size, arguments.Number("line", 72));
        Run(message, rounds / 10);
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var started = Stopwatch.GetTimestamp();
        Run(message, rounds);
        var elapsed = Stopwatch.GetElapsedTime(started);
        allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
        var rate = message.Length * (double)rounds / elapsed.TotalSeconds / 1e9;
        Console.WriteLine($"{message.Length} bytes: {elapsed.TotalMicroseconds / rounds:F2} us/message, "
            + $"{rate:F2} GB/s, {allocated / rounds} B/message");
        return Task.FromResult(0);
    }

    private static void Run(byte[] message, int rounds)
    {
        var limits = new SessionLimits();
        for (var i = 0; i < rounds; i++)
        {
            var scanner = new MessageScanner(limits);
            var position = 0;
            var content = 0;
            while (scanner.TryNext(message, ref position, out var slice))
                content += slice.End.Value - slice.Start.Value;
            if (!scanner.IsEnd || content == 0) throw new InvalidOperationException("The message has no end");
        }
    }

    private static byte[] Message(int size, int line)
    {
        var text = new StringBuilder("From: <a@b.example>\r\nSubject: x\r\n\r\n");
        while (text.Length < size) text.Append('x', line).Append("\r\n");
        return Encoding.ASCII.GetBytes(text.Append(".\r\n").ToString());
    }
}
