using System.Diagnostics;
using Ekiden.Mail;

namespace Ekiden.Bench;

/// <summary>Nanoseconds and bytes allocated per address: what RCPT costs before anybody decides anything.</summary>
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
        Console.WriteLine("address              ns/parse   bytes/parse   ns/format");
        foreach (var (name, path) in Paths)
        {
            Parse(path, count / 10); // let the compiler see what is hot
            var allocated = GC.GetAllocatedBytesForCurrentThread();
            var watch = Stopwatch.StartNew();
            var mailbox = Parse(path, count);
            var parsing = watch.Elapsed;
            allocated = GC.GetAllocatedBytesForCurrentThread() - allocated;
            watch.Restart();
            for (var i = 0; i < count; i++) mailbox?.ToString();
            var formatting = watch.Elapsed;
            var (parse, format) = (parsing.TotalNanoseconds / count, formatting.TotalNanoseconds / count);
            Console.WriteLine($"{name,-18} {parse,10:F0} {(double)allocated / count,13:F0} {format,11:F0}");
        }
        return 0;
    }

    private static Mailbox? Parse(byte[] path, int count)
    {
        Mailbox? mailbox = null;
        for (var i = 0; i < count; i++)
            mailbox = (SmtpPath.Parse(path, MailboxRules.Utf8, out _) as SmtpPath.To)?.Mailbox;
        return mailbox;
    }
}
