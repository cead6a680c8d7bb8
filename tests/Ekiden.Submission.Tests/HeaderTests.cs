using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

/// <summary>
/// What a header must hold, what is put in front of it, and what turns a message back: DESIGN §11, F-R1, E-R3.
/// </summary>
public sealed class HeaderTests
{
    private const string Whole =
        "From: <s@a.test>\r\nDate: Wed, 1 Apr 2026 09:00:00 +0000\r\nMessage-ID: <1@a.test>\r\n";

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public async Task A_message_that_has_come_too_far_is_refused(int hops, bool isTaken)
    {
        await using var world = await IntakeWorld.StartAsync();
        var trace = string.Concat(Enumerable.Range(0, hops).Select(hop => hop % 2 == 0
            ? "Received: by x.test; Wed, 1 Apr 2026 09:00:00 +0000\r\n"
            : "RECEIVED :\r\n by y.test;\r\n\tWed, 1 Apr 2026 09:00:00 +0000\r\n"));
        await ExpectAsync(world, await world.AcceptAsync(trace + Whole + "\r\nb\r\n", MessageOrigin.Relay), isTaken);
    }

    [Theory]
    [InlineData(4, true)]
    [InlineData(5, false)]
    public async Task A_message_that_came_through_here_too_often_is_refused(int times, bool isTaken)
    {
        await using var world = await IntakeWorld.StartAsync();
        var trace = string.Concat(Enumerable.Repeat(
            $"rEcEiVeD: from x.test\r\n by relay.test (Ekiden\r\n {IntakeWorld.Installation});\r\n", times));
        var others = string.Concat(Enumerable.Repeat("Received: by relay.test (Ekiden zzzzzzzzzzzzzzz);\r\n", 20));
        var result = await world.AcceptAsync(
            trace + others + Whole + "\r\nb\r\n", MessageOrigin.Inbound, "x@ext.test", "info@in.test");
        await ExpectAsync(world, result, isTaken);
    }

    // Every hop through here writes the mark that the next one counts.
    [Fact]
    public async Task A_loop_of_our_own_ends_at_the_fifth_return()
    {
        await using var world = await IntakeWorld.StartAsync();
        var content = Whole + "\r\nb\r\n";
        for (var hop = 0; hop < 5; hop++)
            (_, content) = await world.ReadAsync(await world.AcceptAsync(content, MessageOrigin.Relay));
        var refused = Assert.IsType<IntakeResult.Refused>(await world.AcceptAsync(content, MessageOrigin.Relay));
        Assert.StartsWith("554 5.4.6", refused.Refusal.Reply.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, true)]
    [InlineData(MessageOrigin.Api, true)]
    [InlineData(MessageOrigin.Relay, true)]
    [InlineData(MessageOrigin.Inbound, false)]
    public async Task A_missing_date_and_message_id_are_put_in_except_from_outside(
        MessageOrigin origin, bool isCompleted)
    {
        await using var world = await IntakeWorld.StartAsync();
        var result = await world.AcceptAsync("From: <s@a.test>\r\n\r\nb\r\n", origin, to: "info@in.test");
        var (message, content) = await world.ReadAsync(result);
        var date = "\r\nDate: Wed, 1 Apr 2026 09:30:00 +0000\r\n";
        Assert.Equal(isCompleted, content.Contains(date, StringComparison.Ordinal));
        Assert.Equal(isCompleted, content.Contains("\r\nMessage-ID: <", StringComparison.Ordinal));
        Assert.EndsWith("\r\nFrom: <s@a.test>\r\n\r\nb\r\n", content, StringComparison.Ordinal);
        Assert.Contains($"\r\n id {message.Id}\r\n", content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_date_and_message_id_that_are_there_stay_alone()
    {
        await using var world = await IntakeWorld.StartAsync();
        var (_, content) = await world.ReadAsync(await world.AcceptAsync(Whole + "\r\nb\r\n"));
        Assert.EndsWith("+0000\r\n" + Whole + "\r\nb\r\n", content, StringComparison.Ordinal);
        Assert.Single(content.Split("Message-ID:").Skip(1));
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, false)]
    [InlineData(MessageOrigin.Api, false)]
    [InlineData(MessageOrigin.Relay, true)]
    [InlineData(MessageOrigin.Inbound, true)]
    public async Task A_missing_author_is_refused_from_our_own_users(MessageOrigin origin, bool isTaken)
    {
        await using var world = await IntakeWorld.StartAsync();
        var result = await world.AcceptAsync("Subject: x\r\n\r\nb\r\n", origin, to: "info@in.test");
        if (isTaken) await world.ReadAsync(result);
        else world.IsRefused(result, "550 5.6.0");
    }

    [Theory]
    [InlineData("From")]
    [InlineData("Date")]
    [InlineData("Message-ID")]
    [InlineData("Subject")]
    [InlineData("To")]
    [InlineData("Cc")]
    [InlineData("Reply-To")]
    [InlineData("Sender")]
    [InlineData("MIME-Version")]
    public async Task A_field_that_may_stand_once_is_refused_twice_except_from_outside(string name)
    {
        await using var world = await IntakeWorld.StartAsync();
        var author = name == "From" ? "" : "From: <s@a.test>\r\n";
        var mail = $"{author}{name}: s@a.test\r\n{name.ToUpperInvariant()} : s@a.test\r\n\r\nb\r\n";
        foreach (var origin in new[] { MessageOrigin.Submission, MessageOrigin.Api, MessageOrigin.Relay })
            world.IsRefused(await world.AcceptAsync(mail, origin), "550 5.6.0");
        await world.ReadAsync(await world.AcceptAsync(mail, MessageOrigin.Inbound, to: "info@in.test"));
    }

    [Fact]
    public async Task Fields_that_may_repeat_do()
    {
        await using var world = await IntakeWorld.StartAsync();
        await world.ReadAsync(await world.AcceptAsync(
            Whole + "Resent-To: <a@x.test>\r\nResent-To: <b@x.test>\r\nX: 1\r\nX: 2\r\n\r\nb\r\n"));
    }

    [Theory]
    [InlineData("no header at all\r\nsecond line\r\n")]
    [InlineData(" begins with a blank\r\n")]
    public async Task A_body_without_a_header_gets_one_and_an_empty_line(string body)
    {
        await using var world = await IntakeWorld.StartAsync();
        var (message, content) = await world.ReadAsync(await world.AcceptAsync(body, MessageOrigin.Relay));
        Assert.EndsWith("\r\n\r\n" + body, content, StringComparison.Ordinal);
        Assert.Contains("\r\nDate: ", content, StringComparison.Ordinal);
        Assert.True(message.RelaxedBodyHash.IsEmpty);
    }

    [Theory]
    [InlineData("\r\nbody\r\n")]
    [InlineData("Subject: x\r\n\r\n")]
    [InlineData("Subject: no body\r\n")]
    [InlineData("")]
    public async Task What_has_an_empty_header_or_body_keeps_its_form(string mail)
    {
        await using var world = await IntakeWorld.StartAsync();
        var (_, content) = await world.ReadAsync(await world.AcceptAsync(mail, MessageOrigin.Relay));
        Assert.EndsWith(".test>\r\n" + mail, content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_names_client_and_recipient_when_it_may()
    {
        await using var world = await IntakeWorld.StartAsync();
        var (message, content) = await world.ReadAsync(await world.AcceptAsync(Whole + "\r\nb\r\n"));
        Assert.StartsWith(
            "Received: from laptop.a.test ([192.0.2.7])\r\n"
            + $" by relay.test (Ekiden {IntakeWorld.Installation})\r\n"
            + " with ESMTPSA (TLSv1.3)\r\n"
            + $" id {message.Id}\r\n for <v@sink.test>;\r\n Wed, 1 Apr 2026 09:30:00 +0000\r\n",
            content, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_trace_names_no_recipient_among_several()
    {
        await using var world = await IntakeWorld.StartAsync();
        var (_, content) = await world.ReadAsync(
            await world.AcceptAsync(Whole + "\r\nb\r\n", to: "v@sink.test hidden@sink.test"));
        Assert.DoesNotContain("sink.test", content, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, false)]
    [InlineData(MessageOrigin.Relay, false)]
    [InlineData(MessageOrigin.Inbound, true)]
    public async Task A_minimal_trace_hides_our_own_clients_only(MessageOrigin origin, bool isNamed)
    {
        await using var world = await IntakeWorld.StartAsync();
        world.Intake.Reconfigure(IntakeWorld.Options with { HidesClients = true });
        var (_, content) = await world.ReadAsync(
            await world.AcceptAsync(Whole + "\r\nb\r\n", origin, to: "info@in.test"));
        Assert.Equal(isNamed, content.Contains("192.0.2.7", StringComparison.Ordinal));
        Assert.Equal(isNamed, content.Contains("laptop", StringComparison.Ordinal));
        Assert.Contains("by relay.test", content, StringComparison.Ordinal);
    }

    private static async Task ExpectAsync(IntakeWorld world, IntakeResult result, bool isTaken)
    {
        if (isTaken) await world.ReadAsync(result);
        else world.IsRefused(result, "554 5.4.6");
    }
}
