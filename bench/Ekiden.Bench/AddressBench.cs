using Ekiden.Mail;

namespace Ekiden.Bench;

/// <summary>CPU time and bytes allocated per address: what RCPT costs before anybody decides anything.</summary>
internal static class AddressBench
{
    private static readonly (string Name, byte[] Path)[] Paths =
    [
        ("plain", [.. "<someone@example.jp>"u8]),
        ("long", [.. "<a.rather.long.local.part+with-a-tag@mail.department.subsidiary.example.co.jp>"u8]),
        ("upper case", [.. "<Someone@Example.JP>"u8]),
        ("quoted", [.. "<\"some one\"@example.jp>"u8]),
        ("carrier", [.. "<some..one.@docomo.ne.jp>"u8]),
        ("international", [.. "<情報@例え.テスト>"u8]),
        ("refused", [.. "<some one@example.jp>"u8]),
    ];

    public static int Run(Arguments arguments)
    {
        var count = arguments.Number("count", 1_000_000);
        Console.WriteLine("address            CPU ns/parse  bytes/parse  CPU ns/format");
        foreach (var (name, path) in Paths)
        {
            // until it is compiled for good
            for (var i = 0; i < 200; i++) Format(Parse(path, count / 1000), count / 1000);
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var start = Environment.CpuUsage.TotalTime;
            var mailbox = Parse(path, count);
            var parsing = Environment.CpuUsage.TotalTime - start;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            start = Environment.CpuUsage.TotalTime;
            Format(mailbox, count);
            var formatting = Environment.CpuUsage.TotalTime - start;
            var (parse, format) = (parsing.TotalNanoseconds / count, formatting.TotalNanoseconds / count);
            Console.WriteLine($"{name,-18} {parse,10:F0} {(double)allocated / count,13:F0} {format,11:F0}");
        }
        return 0;
    }

    private static void Format(Mailbox? mailbox, int count)
    {
        for (var i = 0; i < count; i++) mailbox?.ToString();
    }

    private static Mailbox? Parse(byte[] path, int count)
    {
        Mailbox? mailbox = null;
        for (var i = 0; i < count; i++)
            mailbox = (SmtpPath.Parse(path, MailboxRules.Utf8, out _) as SmtpPath.To)?.Mailbox;
        return mailbox;
    }
}
