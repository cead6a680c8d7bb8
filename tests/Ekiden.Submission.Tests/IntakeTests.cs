using System.Security.Cryptography;
using System.Text;
using Ekiden.Directory;
using Ekiden.Spool;

namespace Ekiden.Submission.Tests;

public sealed class IntakeTests
{
    private const string Plain = "From: <s@a.test>\r\nSubject: t\r\n\r\nbody\r\n";

    // Reliability D-R6: the parsed mailbox counts, wherever and however it is written.
    [Theory]
    [InlineData("From: <x@b.test>\r\n\r\nb\r\n", "550 5.7.1")]
    [InlineData("From:\r\n <x@b.test>\r\n\r\nb\r\n", "550 5.7.1")]
    [InlineData("From: <s@a.test>, <x@b.test>\r\n\r\nb\r\n", "550 5.7.1")]
    [InlineData("From: <s@a.test>\r\nSender: <x@b.test>\r\n\r\nb\r\n", "550 5.7.1")]
    [InlineData("From: <s@a.test>\r\nResent-From: <x@b.test>\r\n\r\nb\r\n", "550 5.7.1")]
    [InlineData("FROM : <x@b.test>\r\n\r\nb\r\n", "550 5.7.1")]
    [InlineData("From: \"x@b.test\" <s@a.test>\r\n\r\nb\r\n", "accepted")]
    [InlineData("From: (x@b.test) s@sub.a.test\r\n\r\nb\r\n", "accepted")]
    [InlineData("Subject: none\r\n\r\nb\r\n", "550 5.6.0")]
    [InlineData("From: <s@a.test>\r\nFrom: <s@a.test>\r\n\r\nb\r\n", "550 5.6.0")]
    [InlineData("From: <s@a.test>\r\nSubject: 1\r\nSUBJECT: 2\r\n\r\nb\r\n", "550 5.6.0")]
    [InlineData("\r\nno header\r\n", "550 5.6.0")]
    public async Task Who_writes_is_checked_in_the_header(string content, string expected)
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal(expected, await door.RefusalAsync(door.Submitter, content));
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, "550 5.7.1")]
    [InlineData(MessageOrigin.Api, "550 5.7.1")]
    [InlineData(MessageOrigin.Relay, "accepted")]
    public async Task The_envelopes_sender_is_bound_to_the_account_that_signed_in(MessageOrigin origin, string expected)
    {
        await using var door = await Door.OpenAsync();
        var client = new MailClient(origin, door.A.Id);
        Assert.Equal(expected, await door.RefusalAsync(client, Plain, sender: "x@b.test"));
    }

    [Theory]
    [InlineData("info@in.test", "accepted")]
    [InlineData("INFO@in.test", "accepted")]
    [InlineData("sales@in.test", "accepted")]
    [InlineData("Postmaster@in.test", "accepted")]
    [InlineData("abuse@in.test", "accepted")]
    [InlineData("nobody@in.test", "550 5.1.1")]
    [InlineData("u@out.test", "550 5.7.1")]
    [InlineData("\"u@out.test\"@in.test", "553 5.1.3")]
    [InlineData("u%out.test@in.test", "553 5.1.3")]
    public async Task From_outside_only_our_own_readers_are_reached(string recipient, string expected)
    {
        await using var door = await Door.OpenAsync();
        var outside = new MailClient(MessageOrigin.Inbound, "default");
        Assert.Equal(expected, await door.RefusalAsync(outside, Plain, "q@ext.test", recipient));
    }

    // RFC 5321 §6.3.
    [Theory]
    [InlineData("Received: by x; Thu, 1 Jan 2026 00:00:00 +0000\r\n", 100, "accepted")]
    [InlineData("Received: by x; Thu, 1 Jan 2026 00:00:00 +0000\r\n", 101, "554 5.4.6")]
    [InlineData("RECEIVED: by y\r\n (Ekiden " + Door.InstallationId + ")\r\n", 4, "accepted")]
    [InlineData("RECEIVED: by y\r\n (Ekiden " + Door.InstallationId + ")\r\n", 5, "554 5.4.6")]
    public async Task A_message_that_goes_in_circles_is_refused(string field, int times, string expected)
    {
        await using var door = await Door.OpenAsync();
        var relay = new MailClient(MessageOrigin.Relay, "default");
        Assert.Equal(expected, await door.RefusalAsync(relay, string.Concat(Enumerable.Repeat(field, times)) + Plain));
    }

    [Fact]
    public async Task A_revoked_key_ends_an_open_session()
    {
        await using var door = await Door.OpenAsync();
        Assert.Equal("accepted", await door.RefusalAsync(door.Submitter, Plain));
        await door.Directory.RevokeKeyAsync(door.Key.Id, TestContext.Current.CancellationToken);
        Assert.Equal("421 4.7.0", await door.RefusalAsync(door.Submitter, Plain));
    }

    [Fact]
    public async Task A_daily_quota_holds_until_midnight()
    {
        await using var door = await Door.OpenAsync();
        await door.Directory.SetQuotaAsync(
            door.A.Id, new SendingQuota(2, null, null), TestContext.Current.CancellationToken);
        Assert.Equal("accepted", await door.RefusalAsync(door.Submitter, Plain));
        Assert.Equal("accepted", await door.RefusalAsync(door.Submitter, Plain));
        Assert.Equal("451 4.7.1", await door.RefusalAsync(door.Submitter, Plain));
        door.Clock.Advance(TimeSpan.FromHours(15));
        Assert.Equal("accepted", await door.RefusalAsync(door.Submitter, Plain));
    }

    [Theory]
    [InlineData(MessageOrigin.Submission, true)]
    [InlineData(MessageOrigin.Relay, true)]
    [InlineData(MessageOrigin.Inbound, false)]
    public async Task Date_and_id_are_completed_but_for_mail_from_outside(MessageOrigin origin, bool isCompleted)
    {
        await using var door = await Door.OpenAsync();
        var client = origin == MessageOrigin.Submission ? door.Submitter : new MailClient(origin, "default");
        var result = await door.HandInAsync(client, Plain, recipient: "info@in.test");
        var stored = await door.StoredAsync(result);
        const string Date = "\r\nDate: Tue, 24 Nov 2026 09:00:00 +0000\r\n";
        Assert.Equal(isCompleted, stored.Contains(Date, StringComparison.Ordinal));
        Assert.Equal(isCompleted, stored.Contains("\r\nMessage-ID: <", StringComparison.OrdinalIgnoreCase));
        Assert.StartsWith("Received: ", stored, StringComparison.Ordinal);
        Assert.Contains(((IntakeResult.Accepted)result).Id.ToString(), stored, StringComparison.Ordinal);
        Assert.EndsWith(Plain, stored, StringComparison.Ordinal);
    }

    [Fact]
    public async Task The_record_knows_the_relaxed_body_hash_and_when_it_expires()
    {
        await using var door = await Door.OpenAsync();
        var result = await door.HandInAsync(door.Submitter, "From: <s@a.test>\r\n\r\na  b \r\n\r\n");
        using var stored = await door.OpenAsync(result);
        Assert.Equal(SHA256.HashData(Encoding.ASCII.GetBytes("a b\r\n")), stored.Message.RelaxedBodyHash.ToArray());
        Assert.Equal(door.Clock.GetUtcNow().AddDays(5), stored.Message.ExpiresAt);
        Assert.Equal(door.A.Id, stored.Message.Account);
    }

    [Fact]
    public async Task A_body_over_256_kilobytes_is_stored_whole()
    {
        await using var door = await Door.OpenAsync();
        var body = string.Concat(Enumerable.Repeat("0123456789 abcdefghijklmnopqrstuvwxyz\r\n", 20_000));
        var result = await door.HandInAsync(door.Submitter, "From: <s@a.test>\r\n\r\n" + body);
        Assert.EndsWith("\r\n\r\n" + body, await door.StoredAsync(result), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_refused_leaves_nothing_behind()
    {
        await using var door = await Door.OpenAsync();
        await door.RefusalAsync(door.Submitter, "Subject: no author\r\n\r\nb\r\n");
        Assert.Equal(0, door.Journal.Index.Accounting.Accepted);
    }
}
