using System.Text;
using Ekiden.Submission.Composition;
using MimeKit;

namespace Ekiden.Submission.Tests;

public sealed class SimpleMessageTests
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
        var bytes = new SimpleMessage(from, [new(IntakeWorld.Address("v@sink.test"), "")], subject, text).ToBytes();

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

    private static string Lines(string text) => text.Replace("\r\n", "\n", StringComparison.Ordinal).TrimEnd('\n');
}
