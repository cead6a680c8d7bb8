using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

/// <summary>From which addresses an account may send: reliability D-R6.</summary>
public sealed class SenderTests
{
    [Theory]
    [InlineData("s@a.test")]
    [InlineData("s@A.TEST")]
    [InlineData("s@mail.a.test")] // a domain covers what is below it
    [InlineData(null)]
    public async Task The_envelope_may_name_the_accounts_own_domain_or_nobody(string? sender)
    {
        await using var world = await IntakeWorld.StartAsync();
        await world.ReadAsync(await world.AcceptAsync("From: <s@a.test>\r\n\r\nb\r\n", from: sender));
    }

    [Theory]
    [InlineData("x@b.test")]
    [InlineData("x@xa.test")]
    [InlineData("x@test")]
    [InlineData("x@[127.0.0.1]")]
    public async Task The_envelope_may_not_name_another_domain(string sender)
    {
        await using var world = await IntakeWorld.StartAsync();
        var client = world.Client(MessageOrigin.Submission);
        var refusal = world.Intake.CheckSender(client, IntakeWorld.Address(sender), 0);
        Assert.Equal("5.7.1", refusal?.Reply.Status?.ToString());
        world.IsRefused(await world.AcceptAsync("From: <s@a.test>\r\n\r\nb\r\n", from: sender), "550 5.7.1");
    }

    [Theory]
    [InlineData("From: \"x@b.test\" <s@a.test>\r\n")]
    [InlineData("From: x@b.test (not he) <s@a.test>\r\n", false)]
    [InlineData("From: <s@a.test> (x@b.test)\r\n")]
    [InlineData("From: =?utf-8?Q?x=40b.test?= <s@a.test>\r\n")]
    [InlineData("FROM : s@a.test\r\n")]
    [InlineData("From: Team: s@a.test, t@mail.a.test;\r\n")]
    [InlineData("From: <s@a.test>\r\nReply-To: <x@b.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nSender: <t@a.test>\r\nResent-From: <t@a.test>\r\nResent-From: <u@a.test>\r\n")]
    public async Task Only_parsed_mailboxes_count_not_names_nor_comments(string header, bool isFine = true)
    {
        await using var world = await IntakeWorld.StartAsync();
        var result = await world.AcceptAsync(header + "\r\nb\r\n");
        if (isFine) await world.ReadAsync(result);
        else world.IsRefused(result, "550 5.6.0");
    }

    [Theory]
    [InlineData("From: <x@b.test>\r\n")]
    [InlineData("From:\r\n <x@b.test>\r\n")]
    [InlineData("fRoM\t: <x@b.test>\r\n")]
    [InlineData("From: s@a.test, x@b.test\r\n")]
    [InlineData("From: Team: s@a.test,\r\n\tx@b.test;\r\n")]
    [InlineData("From: \"s@a.test\" <x@b.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nSender: <x@b.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nResent-From: <x@b.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nResent-Sender: <s@a.test>\r\nResent-Sender:\r\n x@b.test\r\n")]
    [InlineData("From: <@a.test:x@b.test>\r\n")]
    public async Task Every_author_must_be_of_the_accounts_domains(string header)
    {
        await using var world = await IntakeWorld.StartAsync();
        world.IsRefused(await world.AcceptAsync(header + "\r\nb\r\n"), "550 5.7.1");
    }

    [Theory]
    [InlineData("From: <s@a.test>\r\nFrom: <x@b.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nX: y\r\nfrom:\r\n <s@a.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nSender: <s@a.test>\r\nSender: <s@a.test>\r\n")]
    [InlineData("From: nobody:;\r\n")]
    [InlineData("From:\r\n")]
    [InlineData("From: <s@a.test\r\n")]
    [InlineData("From: s@a.test <x@b.test>\r\n")]
    [InlineData("Subject: no author\r\n")]
    // one reader sees the body begin at the bad line, another sees a second author
    [InlineData("From: <s@a.test>\r\nbad line\r\nFrom: <x@b.test>\r\n")]
    [InlineData("From: <s@a.test>\r\nFrom\u000b: <x@b.test>\r\n")]
    public async Task Authors_that_can_be_read_in_two_ways_are_refused(string header)
    {
        await using var world = await IntakeWorld.StartAsync();
        world.IsRefused(await world.AcceptAsync(header + "\r\nb\r\n"), "550 5.6.0");
    }

    [Theory]
    [InlineData(60 * 1024, true)]
    [InlineData(254 * 1024, true)]
    [InlineData(257 * 1024, false)]
    public async Task A_second_author_does_not_hide_behind_a_large_header(int size, bool isRead)
    {
        await using var world = await IntakeWorld.StartAsync();
        var filler = string.Concat(Enumerable.Repeat($"X-Filler: {new string('x', 900)}\r\n", size / 912));
        var result = await world.AcceptAsync($"From: <s@a.test>\r\n{filler}From: <x@b.test>\r\n\r\nb\r\n");
        world.IsRefused(result, isRead ? "550 5.6.0" : "552 5.3.4");
    }

    [Theory]
    [InlineData(MessageOrigin.Relay, "v@sink.test")]
    [InlineData(MessageOrigin.Inbound, "info@in.test")]
    public async Task Relay_and_inbound_carry_any_author(MessageOrigin origin, string to)
    {
        await using var world = await IntakeWorld.StartAsync();
        await world.ReadAsync(await world.AcceptAsync("From: <x@b.test>\r\n\r\nb\r\n", origin, "y@c.test", to));
    }
}
