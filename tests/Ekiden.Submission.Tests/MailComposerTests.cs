using System.Text;
using Ekiden.Submission.Composition;
using MimeKit;

namespace Ekiden.Submission.Tests;

public sealed class MailComposerTests
{
    [Theory]
    [InlineData("plain", "one\ntwo\n")]
    [InlineData("請求書 \u2603", "こんにちは\r\n")]
    [InlineData("", "")]
    [InlineData("long", "LONG")]
    [InlineData("dots", ".\r\n..\r\n.\r\n")]
    [InlineData("returns", "a\rb\r\n")]
    public void What_goes_in_comes_out_of_an_independent_reader(string subject, string text)
    {
        if (text == "LONG") text = new string('x', 5000) + "\n" + new string('語', 3000);
        var from = new NamedMailbox(IntakeWorld.Address("s@a.test"), "送り主, \"the\" <x@b.test>");
        var bytes = MailComposer.Compose(
            new MailParts(from, [new(IntakeWorld.Address("v@sink.test"), "")], subject) { Text = text });

        using var read = MimeMessage.Load(new MemoryStream(bytes), TestContext.Current.CancellationToken);
        Assert.Equal(subject, read.Subject);
        Assert.Equal("s@a.test", Assert.Single(read.From.Mailboxes).Address);
        Assert.Equal(from.Name, read.From.Mailboxes.First().Name);
        Assert.Equal(Lines(text), Lines(read.TextBody ?? ""));
        Assert.All(Encoding.Latin1.GetString(bytes).Split("\r\n"), line =>
        {
            Assert.True(line.Length <= 998);
            Assert.DoesNotContain(line, letter => letter is '\r' or '\n' or > '\u007f');
        });
    }

    [Fact]
    public void Text_image_invitation_and_file_stand_where_readers_look_for_them()
    {
        var bytes = MailComposer.Compose(
            new MailParts(Named("s@a.test"), [Named("v@sink.test")], "s")
            {
                Cc = [Named("c@sink.test")],
                ReplyTo = [Named("r@a.test")],
                Sender = Named("x@a.test"),
                Text = "t",
                Html = "<img src=cid:logo>",
                Calendar = new CalendarPart("BEGIN:VCALENDAR\r\nEND:VCALENDAR\r\n", "REQUEST"),
                Attachments =
                [
                    new AttachedFile("logo.png", "image/png", [1, 2], "logo", true),
                    new AttachedFile("請求書 \"1\".pdf", "application/pdf", [3, 4], null, false),
                ],
                Headers = [("X-Case", "値")],
            });
        using var read = MimeMessage.Load(new MemoryStream(bytes), TestContext.Current.CancellationToken);
        var mixed = Assert.IsType<Multipart>(read.Body);
        var alternative = Assert.IsType<MultipartAlternative>(mixed[0]);
        Assert.Equal("text/plain", alternative[0].ContentType.MimeType);
        var related = Assert.IsType<MultipartRelated>(alternative[1]);
        Assert.Equal("text/html", related[0].ContentType.MimeType);
        Assert.Equal("logo", related[1].ContentId);
        Assert.Equal("text/calendar", alternative[2].ContentType.MimeType);
        Assert.Equal("REQUEST", alternative[2].ContentType.Parameters["method"]);
        Assert.Equal("請求書 \"1\".pdf", Assert.IsType<MimePart>(mixed[1]).FileName);
        Assert.Equal("値", read.Headers["X-Case"]);
        Assert.Equal("c@sink.test", read.Cc.Mailboxes.Single().Address);
        Assert.Equal("r@a.test", read.ReplyTo.Mailboxes.Single().Address);
        Assert.Equal("x@a.test", read.Sender!.Address);
    }

    [Fact]
    public void A_mail_of_hidden_copies_names_nobody()
    {
        var bytes = MailComposer.Compose(new MailParts(Named("s@a.test"), [], "s") { Text = "t" });
        Assert.Contains("To: undisclosed-recipients: ;", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("<h1>A&amp;B</h1><p>one<br>two <a href=\"https://x.test/?a=1\">link</a></p>",
        "A&B\n\none\ntwo link <https://x.test/?a=1>")]
    [InlineData("<head><style>p{color:red}</style><title>t</title></head><body><ul><li>a<li>b</ul></body>", "- a\n- b")]
    [InlineData("<script>alert(1)</script>", "")]
    public void Html_that_comes_alone_gets_a_plain_text(string html, string text) =>
        Assert.Equal(text, PlainTextOfHtml.Make(html));

    private static NamedMailbox Named(string address) => new(IntakeWorld.Address(address), "");

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n');
}
