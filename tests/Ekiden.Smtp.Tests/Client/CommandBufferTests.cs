using System.Text;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

public class CommandBufferTests
{
    private static readonly ServerExtensions Everything =
        ServerExtensions.Parse("mx\nSIZE 0\n8BITMIME\nSMTPUTF8\nDSN"u8);

    [Fact]
    public void MAIL_says_what_the_message_needs_and_the_server_knows()
    {
        var message = Message("x\r\n") with
        {
            EightBit = true,
            Return = DsnReturn.Headers,
            EnvelopeId = "a+b=c d",
        };
        Assert.Equal(
            "MAIL FROM:<sender@example.org> SIZE=3 BODY=8BITMIME SMTPUTF8 RET=HDRS ENVID=a+2Bb+3Dc+20d\r\n",
            Written(commands => commands.Mail(message, smtpUtf8: true, Everything)));
        Assert.Equal(
            "MAIL FROM:<sender@example.org>\r\n",
            Written(commands => commands.Mail(message, smtpUtf8: false, ServerExtensions.None)));
    }

    [Fact]
    public void The_null_sender_is_empty_brackets() => Assert.Equal(
        "MAIL FROM:<>\r\n",
        Written(commands => commands.Mail(Message("") with { Sender = null }, false, ServerExtensions.None)));

    [Theory]
    [InlineData(DsnNotify.Unspecified, null, "")]
    [InlineData(DsnNotify.Never, null, " NOTIFY=NEVER")]
    [InlineData(DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay, null, " NOTIFY=SUCCESS,FAILURE,DELAY")]
    [InlineData(DsnNotify.Failure, "rfc822;a+b@example.org", " NOTIFY=FAILURE ORCPT=rfc822;a+2Bb@example.org")]
    [InlineData(DsnNotify.Unspecified, "utf-8;日@example.org", @" ORCPT=utf-8;\x{65E5}@example.org")]
    [InlineData(DsnNotify.Unspecified, "rfc822;日@example.org", "")] // xtext cannot hold it
    [InlineData(DsnNotify.Unspecified, "no type", "")]
    public void RCPT_passes_NOTIFY_and_ORCPT_on(DsnNotify notify, string? original, string expected)
    {
        var recipient = new EnvelopeRecipient(Box("one@example.net"), notify, original);
        Assert.Equal(
            $"RCPT TO:<one@example.net>{expected}\r\n",
            Written(commands => commands.Recipient(recipient, Everything)));
        Assert.Equal(
            "RCPT TO:<one@example.net>\r\n",
            Written(commands => commands.Recipient(recipient, ServerExtensions.None)));
    }

    [Theory]
    [InlineData("a\r\nRSET")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u007fb")]
    [InlineData("a\tb")]
    public void A_control_character_is_never_written(string text)
    {
        Assert.Throws<CommandNotCleanException>(() => Written(commands => commands.Verb("EHLO", text)));
        Assert.Throws<CommandNotCleanException>(
            () => Written(commands => commands.Mail(Message("") with { EnvelopeId = text }, false, Everything)));
        var recipient = new EnvelopeRecipient(Box("one@example.net"), DsnNotify.Unspecified, "rfc822;" + text);
        Assert.Throws<CommandNotCleanException>(() => Written(commands => commands.Recipient(recipient, Everything)));
    }

    [Fact]
    public void A_command_that_throws_leaves_the_others_as_they_were()
    {
        using var commands = new CommandBuffer();
        commands.Verb("RSET");
        Assert.Throws<CommandNotCleanException>(() => commands.Verb("EHLO", "a\r\nb"));
        commands.Verb("QUIT");
        Assert.Equal("RSET\r\nQUIT\r\n", Encoding.UTF8.GetString(commands.Written.Span));
    }

    [Fact]
    public void A_group_grows_beyond_its_first_buffer()
    {
        using var commands = new CommandBuffer();
        for (var i = 0; i < 1000; i++) commands.Recipient(new EnvelopeRecipient(Box($"r{i}@example.net")), Everything);
        var lines = Encoding.UTF8.GetString(commands.Written.Span).Split("\r\n");
        Assert.Equal(1001, lines.Length);
        Assert.Equal("RCPT TO:<r999@example.net>", lines[999]);
    }

    private static string Written(Action<CommandBuffer> build)
    {
        using var commands = new CommandBuffer();
        build(commands);
        return Encoding.UTF8.GetString(commands.Written.Span);
    }
}
