using System.Text;
using CsCheck;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Tests.Protocol;

public sealed class CommandParserTests
{
    [Fact]
    public void MAIL_reads_every_parameter()
    {
        var mail = Assert.IsType<SmtpCommand.Mail>(Parse(
            "mail from:<a@b.example> size=42 body=8bitmime smtputf8 ret=hdrs envid=a+2Bb auth=<>"));
        Assert.Equal(42, mail.Size);
        Assert.True(mail.EightBit);
        Assert.True(mail.SmtpUtf8);
        Assert.Equal(DsnReturn.Headers, mail.Return);
        Assert.Equal("a+b", mail.EnvelopeId);
        Assert.Equal("a@b.example", Assert.IsType<SmtpPath.To>(mail.Path).Mailbox.ToString());
    }

    [Fact]
    public void RCPT_reads_every_parameter()
    {
        var rcpt = Assert.IsType<SmtpCommand.Rcpt>(
            Parse("RCPT TO: <a@b.example> NOTIFY=delay,Success ORCPT=rfc822;a+40b.example"));
        Assert.Equal(DsnNotify.Delay | DsnNotify.Success, rcpt.Notify);
        Assert.Equal("rfc822;a@b.example", rcpt.OriginalRecipient);
    }

    [Theory]
    [InlineData("MAIL FROM:<a@b.c> FOO", 555)]
    [InlineData("MAIL FROM:<a@b.c> NOTIFY=NEVER", 555)]
    [InlineData("MAIL FROM:<a@b.c> REQUIRETLS=1", 501)]
    [InlineData("MAIL FROM:<a@b.c> REQUIRETLS REQUIRETLS", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE=", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE=-1", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE=+1", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE=1 SIZE=1", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE=9223372036854775808", 501)]
    [InlineData("MAIL FROM:<a@b.c> SIZE=000000000000000000001", 501)]
    [InlineData("MAIL FROM:<a@b.c> BODY=BINARYMIME", 501)]
    [InlineData("MAIL FROM:<a@b.c> BODY", 501)]
    [InlineData("MAIL FROM:<a@b.c> SMTPUTF8=1", 501)]
    [InlineData("MAIL FROM:<a@b.c> RET=ALL", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+0", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+0a", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+0A", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+7F", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+C2+85", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+E2+80+A8", 501)]
    [InlineData("MAIL FROM:<a@b.c> ENVID=+FF", 501)]
    [InlineData("MAIL FROM:<a@b.c> AUTH=", 501)]
    [InlineData("MAIL FROM:<a@b.c> AUTH=+00", 501)]
    [InlineData("MAIL FROM:<a@b.c>SIZE=1", 501)]
    [InlineData("MAIL FROM:a@b.c", 501)]
    [InlineData("MAIL FROM:<a@b.c", 501)]
    [InlineData("MAIL TO:<a@b.c>", 501)]
    [InlineData("MAIL", 501)]
    [InlineData("RCPT TO:<a@b.c> NOTIFY=NEVER,DELAY", 501)]
    [InlineData("RCPT TO:<a@b.c> NOTIFY=DELAY,DELAY", 501)]
    [InlineData("RCPT TO:<a@b.c> NOTIFY=", 501)]
    [InlineData("RCPT TO:<a@b.c> NOTIFY=DELAY NOTIFY=DELAY", 501)]
    [InlineData("RCPT TO:<a@b.c> ORCPT=rfc822", 501)]
    [InlineData("RCPT TO:<a@b.c> ORCPT=;a", 501)]
    [InlineData("RCPT TO:<a@b.c> ORCPT=rfc822;", 501)]
    [InlineData("RCPT TO:<a@b.c> ORCPT=rf c;a", 501)]
    [InlineData("RCPT TO:<a@b.c> SIZE=1", 555)]
    public void Wrong_parameters_have_their_code(string line, int code) =>
        Assert.Equal(code, Assert.IsType<SmtpCommand.Invalid>(Parse(line)).Reply.Code);

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void ENVID_has_at_most_100_characters(int length, bool isGood) =>
        Assert.Equal(isGood, Parse($"MAIL FROM:<a@b.c> ENVID={new string('x', length)}") is SmtpCommand.Mail);

    [Theory]
    [InlineData("BDAT 10", 502, true)]
    [InlineData("EXPN x", 502, false)]
    [InlineData("XCLIENT ADDR=1.2.3.4", 502, false)]
    [InlineData("GET / HTTP/1.1", 502, true)]
    [InlineData("connect a:25 HTTP/1.1", 502, true)]
    [InlineData("", 500, false)]
    [InlineData(" ", 500, false)]
    [InlineData("MAILFROM:<a@b.c>", 500, false)]
    public void What_is_not_offered_has_its_code(string line, int code, bool endsSession)
    {
        var invalid = Assert.IsType<SmtpCommand.Invalid>(Parse(line));
        Assert.Equal(code, invalid.Reply.Code);
        Assert.Equal(endsSession, invalid.EndsSession);
    }

    // Reliability B-R9.
    [Fact]
    public void Bytes_that_are_not_UTF_8_are_refused() => Assert.Equal(
        Replies.NotUtf8, Assert.IsType<SmtpCommand.Invalid>(CommandParser.Parse([.. "NOOP "u8, 0xff])).Reply);

    [Fact]
    public void A_secret_is_not_printed() =>
        Assert.Equal("AUTH PLAIN *", Parse("AUTH plain AHNlY3JldA==").ToString());

    [Fact]
    public void Any_line_is_a_command_or_has_a_reply() => Gen.Byte.Array[0, 100].Sample(
        line => CommandParser.Parse(line) is not SmtpCommand.Invalid { Reply.IsPositive: true }, iter: 50_000);

    private static SmtpCommand Parse(string line) => CommandParser.Parse(Encoding.UTF8.GetBytes(line));
}
