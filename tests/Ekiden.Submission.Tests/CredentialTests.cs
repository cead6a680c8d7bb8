using Ekiden.Directory;
using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

public sealed class CredentialTests
{
    private const string Mail = "From: <s@a.test>\r\n\r\nbody\r\n";

    // Reliability G-R8; after a 421 the session is closed.
    [Fact]
    public async Task A_key_that_is_revoked_in_mid_session_is_refused_at_every_step()
    {
        await using var world = await IntakeWorld.StartAsync();
        var client = world.Client(MessageOrigin.Submission);
        var sender = IntakeWorld.Address("s@a.test");
        Assert.Null(world.Intake.CheckSender(client, sender, 0));
        Assert.Null(world.Intake.CheckRecipient(client, IntakeWorld.Address("v@sink.test")));

        await IntakeWorld.DoneAsync(world.Directory.RevokeKeyAsync(world.KeyOfA.Id, IntakeWorld.Cancel));

        Assert.Equal(421, world.Intake.CheckSender(client, sender, 0)?.Reply.Code);
        Assert.Equal(421, world.Intake.CheckRecipient(client, IntakeWorld.Address("v@sink.test"))?.Reply.Code);
        world.IsRefused(await world.AcceptAsync(Mail), "421 4.7.0");
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, "421 4.7.0")]
    [InlineData(MessageOrigin.Api, "421 4.7.0")]
    [InlineData(MessageOrigin.Relay, "550 5.7.1")]
    public async Task Nobody_hands_in_mail_for_a_suspended_account(MessageOrigin origin, string reply)
    {
        await using var world = await IntakeWorld.StartAsync();
        await IntakeWorld.DoneAsync(
            world.Directory.SetStatusAsync(world.A.Id, AccountStatus.Suspended, IntakeWorld.Cancel));
        world.IsRefused(await world.AcceptAsync(Mail, origin), reply);
    }

    [Fact]
    public async Task Mail_from_outside_does_not_care_whether_an_account_is_suspended()
    {
        await using var world = await IntakeWorld.StartAsync();
        await IntakeWorld.DoneAsync(
            world.Directory.SetStatusAsync(world.A.Id, AccountStatus.Suspended, IntakeWorld.Cancel));
        await world.ReadAsync(await world.AcceptAsync(Mail, MessageOrigin.Inbound, "x@ext.test", "info@in.test"));
    }

    [Fact]
    public async Task The_operator_cannot_send_for_a_suspended_account_either()
    {
        await using var world = await IntakeWorld.StartAsync();
        await IntakeWorld.DoneAsync(
            world.Directory.SetStatusAsync(world.A.Id, AccountStatus.Suspended, IntakeWorld.Cancel));
        var refusal = world.Intake.CheckSender(
            world.Client(MessageOrigin.Api) with { Key = null }, IntakeWorld.Address("s@a.test"), 0);
        Assert.Equal("forbidden", refusal?.Code);
    }
}
