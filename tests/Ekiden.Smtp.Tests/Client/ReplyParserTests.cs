using System.Text;
using CsCheck;
using Ekiden.Smtp.Client;

namespace Ekiden.Smtp.Tests.Client;

public class ReplyParserTests
{
    [Theory]
    [InlineData("250 Ok\r\n", "250 Ok")]
    [InlineData("250\r\n", "250")]
    [InlineData("250 \r\n", "250")]
    [InlineData("250-a\r\n250 b\r\n", "250 a b")]
    [InlineData("250-\r\n250\r\n", "250")]
    [InlineData("550 5.1.1 No such user\r\n", "550 5.1.1 No such user")]
    [InlineData("550-5.1.1 No such\r\n550 5.1.1 user\r\n", "550 5.1.1 No such user")]
    [InlineData("550-5.1.1 No such\r\n550 5.7.1 user\r\n", "550 5.1.1 No such 5.7.1 user")]
    [InlineData("550 4.1.1 The class differs\r\n", "550 4.1.1 The class differs")]
    [InlineData("550 5.1.1\r\n", "550 5.1.1")]
    [InlineData("550 5.1 short\r\n", "550 5.1 short")]
    [InlineData("550 5.1.1111 long\r\n", "550 5.1.1111 long")]
    [InlineData("550 5..1 empty\r\n", "550 5..1 empty")]
    [InlineData("571 A second digit beyond the grammar\r\n", "571 A second digit beyond the grammar")]
    [InlineData("250-first\r\n251 last counts\r\n", "251 first last counts")]
    [InlineData("250 a\u0001b\tc\u007fd\re\r\n", "250 a?b?c?d?e")]
    [InlineData("250 日本\u0085\u2028語\r\n", "250 日本??語")]
    public void A_reply_is_read(string input, string expected)
    {
        var parser = new ReplyParser();
        parser.Begin();
        Assert.Equal(ReplyProgress.Complete, parser.Read(Encoding.UTF8.GetBytes(input), out var used));
        Assert.Equal(Encoding.UTF8.GetByteCount(input), used);
        Assert.Equal(expected, parser.ToReply().ToString().TrimEnd());
    }

    [Fact]
    public void The_status_is_read_apart_from_the_text()
    {
        var parser = new ReplyParser();
        parser.Begin();
        parser.Read("452-4.2.2 Mailbox\r\n452 4.2.2 full\r\n"u8, out _);
        var reply = parser.ToReply();
        Assert.Equal("4.2.2", reply.Status.ToString());
        Assert.Equal("Mailbox\nfull", reply.Text);
    }

    [Theory]
    [InlineData("\r\n")] // empty line
    [InlineData("2\r\n")] // one digit
    [InlineData("25\r\n")]
    [InlineData("999 out of range\r\n")]
    [InlineData("199 out of range\r\n")]
    [InlineData("600 out of range\r\n")]
    [InlineData("2x0 no digit\r\n")]
    [InlineData("250_Ok\r\n")]
    [InlineData("2500 Ok\r\n")]
    [InlineData("250 Ok\n")] // LF only
    [InlineData("250-a\n250 b\r\n")]
    [InlineData("\n")]
    [InlineData("250-a\r\n\r\n250 b\r\n")]
    [InlineData("250-good\r\n550 bad\r\n")] // the lines contradict each other
    [InlineData("HTTP/1.1 400 Bad Request\r\n")]
    [InlineData("\0\0\0\r\n")]
    public void What_is_no_reply_is_broken(string input)
    {
        var parser = new ReplyParser();
        parser.Begin();
        Assert.Equal(ReplyProgress.Broken, parser.Read(Encoding.UTF8.GetBytes(input), out _));
        Assert.NotEmpty(parser.Why);
    }

    [Theory]
    [InlineData(2048, true)]
    [InlineData(2049, false)]
    public void A_line_has_at_most_2048_octets(int size, bool isTaken)
    {
        var parser = new ReplyParser();
        parser.Begin();
        Assert.Equal(isTaken, parser.Read(
            Encoding.ASCII.GetBytes("250 " + new string('x', size - 6) + "\r\n"), out _) == ReplyProgress.Complete);
    }

    [Fact]
    public void A_line_without_an_end_is_broken_once_it_fills_the_buffer()
    {
        var parser = new ReplyParser();
        parser.Begin();
        var line = Encoding.ASCII.GetBytes("250 " + new string('x', 2044));
        Assert.Equal(ReplyProgress.Incomplete, parser.Read(line.AsSpan(..2047), out var used));
        Assert.Equal(0, used);
        Assert.Equal(ReplyProgress.Broken, parser.Read(line, out _));
    }

    [Theory]
    [InlineData(100, true)]
    [InlineData(101, false)]
    public void A_reply_has_at_most_100_lines(int lines, bool isTaken)
    {
        var parser = new ReplyParser();
        parser.Begin();
        var input = string.Concat(Enumerable.Repeat("250-x\r\n", lines - 1)) + "250 x\r\n";
        Assert.Equal(isTaken, parser.Read(Encoding.ASCII.GetBytes(input), out _) == ReplyProgress.Complete);
    }

    [Theory]
    [InlineData(0, true)]
    [InlineData(1, false)]
    public void A_reply_has_at_most_16_KiB(int more, bool isTaken)
    {
        var parser = new ReplyParser();
        parser.Begin();
        var line = "250-" + new string('x', 1018) + "\r\n"; // 1,024 octets
        var last = "250 " + new string('x', 1018 + more) + "\r\n";
        var input = string.Concat(Enumerable.Repeat(line, 15)) + last;
        Assert.Equal(isTaken, parser.Read(Encoding.ASCII.GetBytes(input), out _) == ReplyProgress.Complete);
    }

    [Theory]
    [InlineData("", 1024)]
    [InlineData("語", 1023)] // three bytes each: cut before half a character
    public void Text_is_cut_at_1_KiB(string letter, int expected)
    {
        var parser = new ReplyParser();
        parser.Begin();
        parser.Read(Encoding.UTF8.GetBytes(
            $"250 {string.Concat(Enumerable.Repeat(letter.Length > 0 ? letter : "x", 600))}"
            + (letter.Length > 0 ? "\r\n" : new string('x', 800) + "\r\n")), out _);
        var text = parser.ToReply().Text;
        Assert.Equal(expected, Encoding.UTF8.GetByteCount(text));
        Assert.DoesNotContain('\uFFFD', text);
    }

    [Fact]
    public void Any_chunking_gives_the_same_replies()
    {
        string[] kinds =
            ["250 Ok\r\n", "250-a\r\n250-b\r\n250 c\r\n", "550-5.1.1 x\r\n550 5.1.1 y\r\n", "354\r\n", "250 日本\r\n"];
        var reply = Gen.Int[0, kinds.Length - 1].Select(kind => kinds[kind]);
        Gen.Select(reply.Array[1, 6], Gen.Int[1, 9]).Sample((replies, step) =>
        {
            var input = Encoding.UTF8.GetBytes(string.Concat(replies));
            Assert.Equal(ReadAll(input, input.Length), ReadAll(input, step));
        });
    }

    [Fact]
    public void Random_bytes_never_throw() => Gen.Byte.Array[0, 4000].Sample(bytes =>
    {
        var parser = new ReplyParser();
        parser.Begin();
        if (parser.Read(bytes, out var used) == ReplyProgress.Complete) Assert.NotNull(parser.ToReply());
        Assert.InRange(used, 0, bytes.Length);
    });

    private static List<string> ReadAll(byte[] input, int step)
    {
        var parser = new ReplyParser();
        var replies = new List<string>();
        parser.Begin();
        var (start, end) = (0, 0);
        while (start < input.Length)
        {
            var progress = parser.Read(input.AsSpan(start..end), out var used);
            start += used;
            if (progress == ReplyProgress.Complete)
            {
                replies.Add(parser.ToReply().ToString());
                parser.Begin();
            }
            else
            {
                Assert.Equal(ReplyProgress.Incomplete, progress);
                end = Math.Min(end + step, input.Length);
            }
        }
        return replies;
    }
}
