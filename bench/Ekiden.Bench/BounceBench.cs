using System.Globalization;
using Ekiden.Delivery.Bounces.Reading;

namespace Ekiden.Bench;

/// <summary>CPU time and bytes allocated per mail that came back, from reading its octets to knowing why.</summary>
internal static class BounceBench
{
    public static int Run(Arguments arguments)
    {
        var folder = arguments.Text("folder", "tests/data/bounces-sisimai/eml");
        var count = arguments.Number("count", 20_000);
        var mails = System.IO.Directory.EnumerateFiles(folder, "*.eml").Order(StringComparer.Ordinal)
            .Select(File.ReadAllBytes).ToArray();
        if (mails.Length == 0) return 1;
        Read(mails, count / 4); // until it is compiled for good
        var allocated = GC.GetAllocatedBytesForCurrentThread();
        var start = Environment.CpuUsage.TotalTime;
        Read(mails, count);
        var each = (Environment.CpuUsage.TotalTime - start) / count;
        allocated = (GC.GetAllocatedBytesForCurrentThread() - allocated) / count;
        Console.WriteLine(string.Create(
            CultureInfo.InvariantCulture,
            $"{mails.Length} mails of {mails.Average(mail => mail.Length):F0} bytes: "
            + $"{each.TotalMicroseconds:F0} us CPU each, "
            + $"{1e6 / each.TotalMicroseconds:F0} per second and core, {allocated / 1024} KiB allocated"));
        return 0;
    }

    private static void Read(byte[][] mails, int count)
    {
        for (var i = 0; i < count; i++) BounceReader.Read(mails[i % mails.Length]);
    }
}
