using System.Globalization;
using System.Text;
using System.Text.Json;
using System.Text.RegularExpressions;
using Ekiden.Smtp.Server;
using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Server;

/// <summary>
/// The conversation vectors of groups A to D, G and H that a session decides by itself, in every cutting of the bytes:
/// whole, byte by byte, in two at every place, and across the edges of the pipe's blocks.
/// </summary>
public sealed class VectorTests
{
    private const string Smuggled =
        "MAIL FROM:<evil@a.test>\r\nRCPT TO:<v@sink.test>\r\nDATA\r\nFrom: <evil@a.test>\r\n\r\nsmuggled\r\n.\r\n";

    // Judged on the header, which is Intake's work: run against the real receiver.
    private static readonly string[] OfIntake = ["D-18", "D-20", "D-21", "D-22"];

    public static TheoryData<string> Ids()
    {
        var ids = new TheoryData<string>();
        foreach (var id in ReadAll().Select(vector => vector.Id))
            if ("ABCDGH".Contains(id[0], StringComparison.Ordinal) && !OfIntake.Contains(id)) ids.Add(id);
        return ids;
    }

    [Theory]
    [MemberData(nameof(Ids))]
    public Task Vector_in_one_piece(string id) => PlayAsync(id, static send => [[send.Length]]);

    [Theory]
    [MemberData(nameof(Ids))]
    public Task Vector_byte_by_byte(string id) =>
        PlayAsync(id, static send => send.Length > 20_000 ? [] : [[.. Enumerable.Range(1, send.Length)]]);

    [Theory]
    [MemberData(nameof(Ids))]
    public Task Vector_cut_in_two_at_every_place(string id) =>
        PlayAsync(id, static send => Places(send.Length).Select(place => new[] { place, send.Length }));

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Vector_across_block_edges(string id)
    {
        var vector = ReadAll().Single(one => one.Id == id);
        if (vector.Pre != "data" || !vector.Send.StartsWith("${H}", StringComparison.Ordinal)) return;
        foreach (var edge in new[] { 4_096, 8_192, 16_384, 65_536 })
        {
            // Lines of padding after the header, so that the body's first bytes lie around the edge.
            for (var shift = 0; shift < 12; shift++)
            {
                var length = edge - Expand("${H}", new SessionLimits()).Length - shift;
                var padding = string.Concat(Enumerable.Repeat(new string('p', 62) + "\r\n", length / 64))
                    + new string('q', length % 64);
                var padded = vector with { Send = "${H}" + padding + vector.Send[4..] };
                await DialogueSession.InlineAsync(() => PlayOnceAsync(padded, static send => [send.Length]));
            }
        }
    }

    private static Task PlayAsync(string id, Func<byte[], IEnumerable<int[]>> cuttings)
    {
        var vector = ReadAll().Single(one => one.Id == id);
        // What came too early can only be told while it is still in one piece with the command.
        var isSynchronisation = vector.Expect.Any(one => one.StartsWith("^554", StringComparison.Ordinal));
        var send = Encoding.UTF8.GetBytes(Expand(vector.Send, LimitsFor(vector)));
        return DialogueSession.InlineAsync(async () =>
        {
            foreach (var cutting in isSynchronisation ? [[send.Length]] : cuttings(send))
                await PlayOnceAsync(vector, _ => cutting);
        });
    }

    private static async Task PlayOnceAsync(Vector vector, Func<byte[], int[]> cutting)
    {
        var limits = LimitsFor(vector);
        var send = Encoding.UTF8.GetBytes(Expand(vector.Send, limits));
        var options = OptionsFor(vector, limits);
        await using var session = await DialogueSession.StartAsync(options);
        if (vector.Pre != "tcp") await ReachAsync(session, vector);
        if (vector.Id == "G-04")
        {
            foreach (var line in Encoding.UTF8.GetString(send).Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
            {
                await session.SendAsync(line + "\r\n");
                session.Clock.Advance(TimeSpan.FromSeconds(1));
            }
        }
        else if (vector.Pre != "tcp")
        {
            await SendAsync(session, send, cutting(send));
        }

        var place = $"{vector.Id} {string.Join(',', cutting(send).Take(3))}";
        foreach (var pattern in vector.Expect)
        {
            var reply = session.ReadReply();
            var last = reply?.Split('\n')[^1];
            Assert.True(last is not null && Regex.IsMatch(last, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)),
                $"{place}: expected {pattern}, got {reply ?? "nothing"}");
        }
        if (vector.Close == true)
        {
            Assert.Null(session.TryReadReply());
            Assert.True(session.Ended.IsCompleted, $"{place}: still open");
        }
        else
        {
            await session.SendAsync("NOOP\r\n");
            Assert.StartsWith("250", session.ReadReply(), StringComparison.Ordinal);
        }
        Assert.Equal(vector.Messages, options.Receiver.Messages.Count);
    }

    private static async Task SendAsync(DialogueSession session, byte[] bytes, int[] cuts)
    {
        var start = 0;
        foreach (var cut in cuts)
        {
            if (session.Ended.IsCompleted) return;
            await session.SendAsync(bytes.AsMemory(start, cut - start));
            start = cut;
        }
    }

    private static async Task ReachAsync(DialogueSession session, Vector vector)
    {
        var (sender, recipient) = vector.Listener == "sub"
            ? ("s@a.test", "v@sink.test")
            : ("x@ext.test", "bounce+ok@in.test");
        Assert.StartsWith("220", session.ReadReply(), StringComparison.Ordinal);
        var isSubmission = vector.Listener == "sub";
        var level = Array.IndexOf(["conn", "ehlo", "tls", "auth", "mail", "env", "data"], vector.Pre);
        if (level >= 1) await AskAsync(session, "EHLO client.example", "250");
        if (level >= 2 && isSubmission)
        {
            await AskAsync(session, "STARTTLS", "220");
            await AskAsync(session, "EHLO client.example", "250");
        }
        var signIn = $"AUTH PLAIN {Credential(FakeMailReceiver.Password)}";
        if (level >= 3 && isSubmission) await AskAsync(session, signIn, "235");
        if (level >= 4) await AskAsync(session, $"MAIL FROM:<{sender}>", "250");
        if (level >= 5) await AskAsync(session, $"RCPT TO:<{recipient}>", "250");
        if (level >= 6) await AskAsync(session, "DATA", "354");
    }

    private static async Task AskAsync(DialogueSession session, string command, string code)
    {
        await session.SendAsync(command + "\r\n");
        Assert.StartsWith(code, session.ReadReply(), StringComparison.Ordinal);
    }

    private static DialogueOptions OptionsFor(Vector vector, SessionLimits limits)
    {
        var options = vector.Listener switch
        {
            "sub" => DialogueOptions.Submission,
            "relay" => DialogueOptions.Relay with { IsListedClient = false },
            _ => new DialogueOptions(),
        };
        return options with
        {
            Limits = limits,
            Receiver = new FakeMailReceiver(),
            EarlyTalk = vector.Pre == "tcp" ? Expand(vector.Send, limits) : "",
        };
    }

    private static SessionLimits LimitsFor(Vector vector) => new()
    {
        MaxMessage = vector.Send.Contains("FILL", StringComparison.Ordinal) ? 20_000 : new SessionLimits().MaxMessage,
        BannerDelay = vector.Pre == "tcp" ? TimeSpan.FromSeconds(1) : TimeSpan.Zero,
    };

    private static IEnumerable<int> Places(int length)
    {
        var step = Math.Max(1, length / 400);
        for (var place = 1; place < length; place += place > length - 40 ? 1 : step) yield return place;
    }

    private static string Credential(string password) =>
        Convert.ToBase64String(Encoding.UTF8.GetBytes($"\0{FakeMailReceiver.User}\0{password}"));

    private static string Expand(string text, SessionLimits limits)
    {
        text = text.Replace("${H}", "From: <s@a.test>\r\nSubject: t\r\n\r\n", StringComparison.Ordinal)
            .Replace("${P}", Smuggled, StringComparison.Ordinal)
            .Replace("${GOODCRED}", Credential(FakeMailReceiver.Password), StringComparison.Ordinal)
            .Replace("${BADCRED}", Credential("wrong"), StringComparison.Ordinal);
        return Regex.Replace(text, @"\$\{(REP|REPLINE|REPCMD|FILL):([^}]*?)(?::(\d+))?\}", match =>
        {
            var piece = match.Groups[2].Value;
            if (match.Groups[1].Value == "FILL")
                return string.Concat(Enumerable.Repeat("ordinary text\r\n", (int)(limits.MaxMessage / 15 + 1)));
            var count = int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture);
            var end = match.Groups[1].Value == "REP" ? "" : "\r\n";
            return string.Concat(Enumerable.Range(1, count)
                .Select(number => number.ToString(CultureInfo.InvariantCulture))
                .Select(number => piece.Replace("%d", number, StringComparison.Ordinal) + end));
        }, RegexOptions.None, TimeSpan.FromSeconds(5));
    }

    private static List<Vector> ReadAll()
    {
        var vectors = new List<Vector>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "cases", "vectors.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            var root = json.RootElement;
            if (root.TryGetProperty("kind", out _) || !root.TryGetProperty("send", out var send)) continue;
            var expect = root.GetProperty("expect").EnumerateArray().Select(one => one.GetString()!).SelectMany(Repeat);
            vectors.Add(new Vector(
                root.GetProperty("id").GetString()!, root.GetProperty("l").GetString()!,
                root.GetProperty("pre").GetString()!, send.GetString()!, [.. expect])
            {
                Close = root.TryGetProperty("close", out var close) ? close.GetBoolean() : null,
                Messages = root.GetProperty("msgs").GetInt32(),
            });
        }
        return vectors;
    }

    private static IEnumerable<string> Repeat(string pattern)
    {
        var many = Regex.Match(pattern, @"^(\d+)\*(.*)$", RegexOptions.None, TimeSpan.FromSeconds(1));
        return many.Success
            ? Enumerable.Repeat(many.Groups[2].Value, int.Parse(many.Groups[1].Value, CultureInfo.InvariantCulture))
            : [pattern];
    }

    private sealed record Vector(string Id, string Listener, string Pre, string Send, string[] Expect)
    {
        public bool? Close { get; init; }
        public int Messages { get; init; }
    }
}
