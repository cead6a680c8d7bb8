using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.Bench;

/// <summary>
/// What a DKIM signature costs beside the raw signature of the same key, taken in turns in the same run; the body is
/// hashed elsewhere.
/// </summary>
internal static class DkimBench
{
    private const int Turns = 20;

    public static int Run(Arguments arguments)
    {
        var rounds = arguments.Number("messages", 4000) / Turns;
        using var rsa = RSA.Create(2048);
        if (!DkimKey.TryImport(rsa.ExportPkcs8PrivateKeyPem(), out var key, out var why))
            throw new InvalidOperationException(why);
        using var ed25519 = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);
        DkimIdentity[] identities = [new("example.jp", "rsa", key), new("example.jp", "ed", ed25519)];
        var one = new DkimSigner([identities[0]], null, TimeProvider.System);
        var both = new DkimSigner([.. identities], null, TimeProvider.System);
        var letter = Letter();

        var (raw, signed, twice) = (new Meter(), new Meter(), new Meter());
        for (var turn = 0; turn <= Turns; turn++)
        {
            if (turn == 1) (raw, signed, twice) = (new Meter(), new Meter(), new Meter()); // warm now
            raw.Run(rounds, () => Raw(rsa));
            signed.Run(rounds, () => Sign(one, letter));
            twice.Run(rounds, () => Sign(both, letter));
        }
        Console.WriteLine($"raw RSA-2048 signature: {raw.Microseconds:F1} us");
        foreach (var (name, meter) in new[] { ("RSA-2048", signed), ("RSA-2048 and Ed25519", twice) })
        {
            var ratio = meter.Microseconds / raw.Microseconds;
            Console.WriteLine($"DKIM, {name}: {meter.Microseconds:F1} us ({ratio:F3}x), {meter.Bytes} B allocated");
        }
        key.Dispose();
        return 0;
    }

    private static void Raw(RSA rsa)
    {
        Span<byte> signature = stackalloc byte[256];
        rsa.SignHash(new byte[32], signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    private static readonly ArrayBufferWriter<byte> Output = new(8192);

    private static void Sign(DkimSigner signer, byte[] letter)
    {
        Output.ResetWrittenCount();
        Span<byte> bodyHash = stackalloc byte[32];
        if (!signer.TrySign(HeaderBlock.Read(letter), bodyHash, Output))
            throw new InvalidOperationException("The letter was not signed");
    }

    private static byte[] Letter() => Encoding.ASCII.GetBytes("""
        Received: from client.example (client.example [192.0.2.1]) by relay.example.jp with ESMTPS
         id msg_01hzzzzzzzzzzzzzzzzzzzzzzz; Tue, 24 Nov 2026 11:00:00 +0000
        From: =?utf-8?B?44Ko44Kt44OH44Oz?= <news@example.jp>
        To: someone@example.com
        Subject: =?utf-8?B?5LuK5pel44Gu44GK55+l44KJ44Gb?=
        Date: Tue, 24 Nov 2026 20:00:00 +0900
        Message-ID: <01hzzzzzzzzzzzzzzzzzzzzzzz@example.jp>
        MIME-Version: 1.0
        Content-Type: text/html; charset=utf-8
        Content-Transfer-Encoding: base64
        List-Unsubscribe: <https://links.example.jp/u/01hzzzzzzzzzzzzzzzzzzzzzzz>
        List-Unsubscribe-Post: List-Unsubscribe=One-Click


        """.ReplaceLineEndings("\r\n"));

    /// <summary>Time and allocations of many runs.</summary>
    private sealed class Meter
    {
        private TimeSpan _time;
        private long _bytes;
        private int _runs;

        public double Microseconds => _time.TotalMicroseconds / _runs;

        public long Bytes => _bytes / _runs;

        public void Run(int count, Action action)
        {
            var bytes = GC.GetAllocatedBytesForCurrentThread();
            var started = Stopwatch.GetTimestamp();
            for (var i = 0; i < count; i++) action();
            _time += Stopwatch.GetElapsedTime(started);
            _bytes += GC.GetAllocatedBytesForCurrentThread() - bytes;
            _runs += count;
        }
    }
}
