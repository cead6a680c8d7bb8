using System.Text;
using CsCheck;
using Ekiden.Cli.Sendmail;

namespace Ekiden.Cli.Tests;

public sealed class SendmailMessageTests
{
    private static readonly SendmailArguments FromHeaders = new() { ReadsRecipients = true };

    [Fact]
    public void Recipients_are_those_of_to_cc_and_bcc_and_bcc_is_removed()
    {
        var message = Read(
            "From: a@b.example\nTo: c@d.example,\n\tE <e@f.example>\nBCC: g@h.example,\n i@j.example\nCc: c@d.example\n"
            + "Subject: s\n\nbody\n",
            FromHeaders);

        Assert.Equal(["c@d.example", "e@f.example", "g@h.example", "i@j.example"], message.Recipients);
        Assert.Equal(
            "From: a@b.example|To: c@d.example,|\tE <e@f.example>|Cc: c@d.example|Subject: s||body", Text(message));
    }

    // RFC 5322 §3.6.6: the Resent- fields are the newer ones.
    [Fact]
    public void A_message_that_is_sent_again_goes_to_its_resent_recipients() => Assert.Equal(
        ["n@o.example"], Read("From: a@b\nTo: c@d.example\nResent-To: n@o.example\n\nx\n", FromHeaders).Recipients);

    [Fact]
    public void Without_t_headers_name_nobody_and_bcc_stays()
    {
        var message = Read("From: a@b\nTo: c@d.example\nBcc: e@f.example\n\nx", new SendmailArguments());
        Assert.Empty(message.Recipients);
        Assert.Contains("Bcc: e@f.example", Text(message), StringComparison.Ordinal);
    }

    [Fact]
    public void A_missing_from_is_added_first() =>
        Assert.Equal("From: taro@relay.example|Subject: s||body", Text(Read("Subject: s\n\nbody\n", FromHeaders)));

    [Fact]
    public void Text_that_begins_without_headers_is_all_body() =>
        Assert.Equal("From: taro@relay.example||Hello, you|x: y", Text(Read("Hello, you\nx: y\n", FromHeaders)));

    [Fact]
    public void A_mailbox_separator_is_no_header() =>
        Assert.Equal("From: a@b||x", Text(Read("From a@b Wed Apr  1 00:00:00 2026\nFrom: a@b\n\nx\n", FromHeaders)));

    [Theory]
    [InlineData(false, "From: a@b||x")]
    [InlineData(true, "From: a@b||x|.|y")]
    public void A_lone_dot_ends_the_mail_unless_it_is_ignored(bool ignoresDots, string expected) => Assert.Equal(
        expected, Text(Read("From: a@b\n\nx\n.\ny\n", new SendmailArguments { IgnoresDots = ignoresDots })));

    [Fact]
    public void Line_ends_of_either_kind_are_understood_and_eight_bit_is_noticed()
    {
        var message = Read("From: a@b\r\n\r\n日本\n\n", FromHeaders);
        Assert.Equal("From: a@b||日本|", Text(message));
        Assert.True(message.IsEightBit);
        Assert.Equal("From: a@b\r\n\r\n日本\r\n\r\n"u8.Length, message.Size);
        Assert.False(Read("From: a@b\n\nx\n", FromHeaders).IsEightBit);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\n")]
    [InlineData(" folded without a field\n")]
    [InlineData(":\n")]
    public void Odd_input_is_body(string input) =>
        Assert.StartsWith("From: taro@relay.example|", Text(Read(input, FromHeaders)), StringComparison.Ordinal);

    [Fact]
    public void No_input_makes_it_throw() => Gen.Byte.Array.Sample(input =>
        SendmailMessage.Read(input, FromHeaders, "a@b").Lines.All(line => !line.AsSpan().Contains((byte)'\n')));

    [Fact]
    public void An_address_without_a_domain_gets_the_servers_name()
    {
        var (envelope, _) = SendmailEnvelope.Create(
            new SendmailArguments { Recipients = ["root", "a@b.example, c"] }, ["root"], "taro", "relay.example");
        Assert.Equal("taro@relay.example", envelope!.Sender);
        Assert.Equal(["root@relay.example", "a@b.example", "c@relay.example"], envelope.Recipients);
    }

    [Theory]
    [InlineData("a b@c.example")]
    [InlineData("a\r\nRCPT TO:<x@y>@c.example")]
    [InlineData("\"a@c.example")]
    public void An_address_that_would_end_its_command_is_refused(string sender)
    {
        var (envelope, mistake) = SendmailEnvelope.Create(
            new SendmailArguments { Sender = sender, Recipients = ["a@b.example"] }, [], "taro", "relay.example");
        Assert.Null(envelope);
        Assert.NotNull(mistake);
    }

    private static SendmailMessage Read(string input, SendmailArguments arguments) =>
        SendmailMessage.Read(Encoding.UTF8.GetBytes(input), arguments, "taro@relay.example");

    private static string Text(SendmailMessage message) =>
        string.Join('|', message.Lines.Select(Encoding.UTF8.GetString));
}
