using System.Diagnostics;
using System.Text;
using System.Text.RegularExpressions;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>
/// The conversation vectors against the real executable, over real sockets and real TLS, in every cutting of the bytes:
/// same replies, same number of messages, a second connection that is answered, no exception in the log.
/// </summary>
public sealed class ConversationVectorTests(VectorServer usual) : IClassFixture<VectorServer>
{
    private const int AtOnce = 16;

    // What arrives at the sink, after unstuffing.
    private static readonly Dictionary<string, string> Stored = new(StringComparer.Ordinal)
    {
        ["A-08"] = "body\r\n \r\nMAIL FROM:<evil@a.test>\r\n",
        ["A-09"] = "a\r\n.\r\nb\r\n",
        ["A-13"] = "body\r\n\u2028.\u2028\r\n",
    };

    public static TheoryData<string> Ids() =>
        [.. Vector.All.Where(
            vector => vector is { Kind: null, Listener: not "api" } && Claims.Of(vector.Id) == Claims.Here).Select(
            vector => vector.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Vector_is_answered_as_it_must(string id)
    {
        var vector = Vector.Of(id);
        if (vector.Pre != "tcp")
        {
            await PlayAsync(usual, vector);
            return;
        }
        await using var delayed = new VectorServer("banner_delay = \"1s\"");
        await delayed.InitializeAsync();
        await PlayAsync(delayed, vector);
    }

    [Fact]
    public async Task A_relay_listener_that_lists_no_client_relays_for_nobody_on_loopback_either()
    {
        foreach (var listener in new[] { "relay", "relay6" })
        {
            await using var client = await RawSmtp.ConnectAsync(usual.Process.Listener(listener));
            await client.ExpectAsync("220");
            await client.AskAsync("EHLO x", "250");
            await client.SendAsync("MAIL FROM:<x@ext.test>\r\n");
            if (await client.ReadReplyAsync() is ['2', ..]) await client.AskAsync("RCPT TO:<u@out.test>", "550 5.7.1");
        }
    }

    [Fact]
    public async Task After_a_recipient_too_many_the_thousand_before_it_get_the_message()
    {
        var vector = Vector.Of("H-02");
        var before = await usual.CountMessagesAsync();
        await using var client = await Conversation.ReachAsync(usual, vector, isTls: false);
        await client.SendAsync(vector.Expand("", ""));
        foreach (var _ in vector.Replies) await client.ReadReplyAsync();
        await client.AskAsync("DATA", "354");
        await client.AskAsync(Vector.Header + "b\r\n.", "250");
        await usual.CountMessagesAsync();
        Assert.Equal(1_000, usual.Arrived.Skip(before).Sum(message => message.Recipients.Count));
    }

    private static async Task PlayAsync(VectorServer server, Vector vector)
    {
        var before = await server.CountMessagesAsync();
        var text = vector.Expand(server.TenantA.Credential, server.OwnName);
        var runs = 0;
        foreach (var some in Segmentation.Of(vector, text).Chunk(AtOnce))
        {
            runs += some.Length;
            await Task.WhenAll(some.Select(one => PlayOnceAsync(server, vector, one)).Append(
                CheckLivenessAsync(server)));
        }
        await CheckLivenessAsync(server);
        var extra = vector.Id == "A-11" ? runs : 0; // the message after the refused one
        Assert.Equal((vector.Messages * runs) + extra, await server.CountMessagesAsync() - before);
        if (Stored.TryGetValue(vector.Id, out var stored))
        {
            Assert.All(
                server.Arrived.Skip(before),
                message => Assert.Contains(stored, Encoding.UTF8.GetString(message.Content), StringComparison.Ordinal));
        }
        Assert.DoesNotContain(server.Process.Log, line => line.Contains("\"exception\"", StringComparison.Ordinal));
    }

    private static async Task PlayOnceAsync(VectorServer server, Vector vector, Segmentation how)
    {
        await using var client = await Conversation.ReachAsync(server, vector, how.IsTls);
        if (vector.Id == "G-04")
        {
            await PlayInTurnAsync(client, vector, how);
        }
        else
        {
            foreach (var piece in how.Pieces) await client.SendAsync(piece);
            foreach (var pattern in vector.Replies) await ExpectAsync(client, vector, how, pattern);
        }
        if (vector.Closes)
        {
            var more = await client.ReadReplyAsync();
            Assert.True(more is null, $"{vector.Id} {how.Name}: the end expected, got {more}");
            return;
        }
        await client.AskAsync("NOOP", "250");
        if (vector.Id != "A-11") return;
        await client.AskAsync("MAIL FROM:<s@a.test>", "250");
        await client.AskAsync("RCPT TO:<v@sink.test>", "250");
        await client.AskAsync("DATA", "354");
        await client.AskAsync(Vector.Header + "small\r\n.", "250");
    }

    private static async Task PlayInTurnAsync(RawSmtp client, Vector vector, Segmentation how)
    {
        var lines = Encoding.UTF8.GetString(how.Pieces[0].Span).Split("\r\n", StringSplitOptions.RemoveEmptyEntries);
        foreach (var (line, pattern) in lines.Zip(vector.Replies))
        {
            await client.SendAsync(line + "\r\n");
            await ExpectAsync(client, vector, how, pattern);
        }
    }

    private static async Task ExpectAsync(RawSmtp client, Vector vector, Segmentation how, string pattern)
    {
        var reply = await client.ReadReplyAsync();
        var last = reply?.Split('\n')[^1];
        Assert.True(
            last is not null && Regex.IsMatch(last, pattern, RegexOptions.None, TimeSpan.FromSeconds(1)),
            $"{vector.Id} {how.Name}: expected {pattern}, got {reply ?? "the end"}");
    }

    // A second connection is answered within a second.
    private static async Task CheckLivenessAsync(VectorServer server)
    {
        await using var second = await RawSmtp.ConnectAsync(server.Process.Listener("clear"));
        await second.ExpectAsync("220");
        var asked = Stopwatch.GetTimestamp();
        await second.AskAsync("NOOP", "250");
        Assert.InRange(Stopwatch.GetElapsedTime(asked), TimeSpan.Zero, TimeSpan.FromSeconds(1));
    }
}
