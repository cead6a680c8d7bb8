using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

/// <summary>To which addresses each door sends: reliability D-R4, D-R5, D-R7.</summary>
public sealed class RecipientTests
{
    [Theory]
    [InlineData("info@in.test")]
    [InlineData("INFO@also.test")]
    [InlineData("sales@in.test")]
    [InlineData("Postmaster@also.test")]
    [InlineData("ABUSE@in.test")]
    public async Task From_outside_our_own_recipients_are_taken(string recipient) =>
        Assert.Null(await CheckAsync(MessageOrigin.Inbound, recipient));

    [Theory]
    [InlineData("u@out.test", "550 5.7.1")]
    [InlineData("u@sub.in.test", "550 5.7.1")]
    [InlineData("u@[127.0.0.1]", "550 5.7.1")]
    [InlineData("u@localhost", "550 5.7.1")]
    [InlineData("\"u@out.test\"@in.test", "553 5.1.3")]
    [InlineData("u%out.test@in.test", "553 5.1.3")]
    [InlineData("out.test!u@in.test", "553 5.1.3")]
    [InlineData("a/b@in.test", "553 5.1.3")]
    [InlineData("\"|/bin/sh\"@in.test", "553 5.1.3")]
    [InlineData("\".u\"@in.test", "553 5.1.3")]
    [InlineData("sales@also.test", "550 5.1.1")] // a whole address exists in its own domain only
    [InlineData("nobody-here@in.test", "550 5.1.1")]
    [InlineData("*@in.test", "550 5.1.1")]
    public async Task From_outside_everything_else_is_refused(string recipient, string reply) =>
        Assert.StartsWith(reply, await CheckAsync(MessageOrigin.Inbound, recipient), StringComparison.Ordinal);

    [Theory]
    [InlineData("v@sink.test")]
    [InlineData("a/b|c@sink.test")]
    [InlineData("info@in.test")]
    [InlineData("\".a..b.\"@docomo.ne.jp")] // real addresses of a listed carrier
    public async Task Our_users_send_anywhere(string recipient)
    {
        Assert.Null(await CheckAsync(MessageOrigin.Submission, recipient));
        Assert.Null(await CheckAsync(MessageOrigin.Api, recipient));
        Assert.Null(await CheckAsync(MessageOrigin.Relay, recipient));
    }

    [Theory]
    [InlineData("u@[192.0.2.1]", "550 5.1.2")]
    [InlineData("u@[IPv6:2001:db8::1]", "550 5.1.2")]
    [InlineData("u@localhost", "550 5.1.2")]
    [InlineData("nobody-here@in.test", "550 5.1.1")]
    // a quoted local part that looks like a recipient is not that recipient
    [InlineData("\"sales@in.test\"@also.test", "550 5.1.1")]
    public async Task No_door_sends_to_literals_single_labels_or_unknown_local_users(string recipient, string reply)
    {
        Assert.StartsWith(reply, await CheckAsync(MessageOrigin.Submission, recipient), StringComparison.Ordinal);
        Assert.StartsWith(reply, await CheckAsync(MessageOrigin.Api, recipient), StringComparison.Ordinal);
        Assert.StartsWith(reply, await CheckAsync(MessageOrigin.Relay, recipient), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("\"u@x.test\"@out.test")]
    [InlineData("u%x.test@out.test")]
    [InlineData("x.test!u@out.test")]
    [InlineData("\".u\"@out.test")]
    [InlineData("/etc/passwd@out.test")]
    [InlineData("\"|sh\"@out.test")]
    public async Task Routes_in_a_local_part_are_for_relay_clients_only(string recipient)
    {
        Assert.StartsWith("553 5.1.3", await CheckAsync(MessageOrigin.Submission, recipient), StringComparison.Ordinal);
        Assert.StartsWith("553 5.1.3", await CheckAsync(MessageOrigin.Api, recipient), StringComparison.Ordinal);
        Assert.Null(await CheckAsync(MessageOrigin.Relay, recipient));
    }

    // RFC 5321 §4.5.1: <postmaster> is this host's; the session reads it as an address of the host name.
    [Theory]
    [InlineData(MessageOrigin.Inbound)]
    [InlineData(MessageOrigin.Submission)]
    public async Task The_postmaster_of_this_host_reads_at_the_first_local_domain(MessageOrigin origin)
    {
        await using var world = await IntakeWorld.StartAsync();
        var result = await world.AcceptAsync(
            "From: <s@a.test>\r\n\r\nb\r\n", origin, "s@a.test", "info@in.test PostMaster@relay.test");
        var (message, _) = await world.ReadAsync(result);
        Assert.Equal(
            ["info@in.test", "postmaster@also.test"], message.Envelope.Recipients.Select(to => $"{to.Address}"));
    }

    [Fact]
    public void Without_local_domains_nobody_reads_as_postmaster()
    {
        var options = IntakeWorld.Options with { Local = new LocalDomains([], []) };
        Assert.False(options.IsOwnPostmaster(IntakeWorld.Address("postmaster@relay.test")));
    }

    [Fact]
    public void A_star_is_everybody_in_the_local_domains()
    {
        var local = new LocalDomains(["in.test"], ["*"]);
        Assert.True(local.HasRecipient(IntakeWorld.Address("anybody@in.test")));
        Assert.False(local.Contains("out.test"));
    }

    [Fact]
    public async Task One_bad_recipient_among_good_ones_refuses_the_whole_message()
    {
        await using var world = await IntakeWorld.StartAsync();
        var result = await world.AcceptAsync("From: <s@a.test>\r\n\r\nb\r\n", to: "v@sink.test u@localhost");
        world.IsRefused(result, "550 5.1.2");
    }

    private static async Task<string?> CheckAsync(MessageOrigin origin, string recipient)
    {
        await using var world = await IntakeWorld.StartAsync();
        return world.Intake.CheckRecipient(world.Client(origin), IntakeWorld.Address(recipient))?.Reply.ToString();
    }
}
