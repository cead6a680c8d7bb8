using System.Buffers;
using System.IO.Pipelines;
using System.Text;
using CsCheck;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Tests.Protocol;

public sealed class LineReaderTests
{
    [Theory]
    [InlineData("a\r\nbc\r\n\r\n", "Line a|Line bc|Line ")]
    [InlineData("abcdefgh\r\ni\r\n", "Line abcdefgh|Line i")]
    [InlineData("abcdefghi\r\nj\r\n", "TooLong |Line j")]
    [InlineData("abcdefghijklmnopqrstuvwxyz\r\nj\r\n", "TooLong |Line j")]
    [InlineData("a\nb\r\n", "BareNewline ")]
    [InlineData("a\rb\r\n", "BareNewline ")]
    [InlineData("a\r\r\n", "BareNewline ")]
    [InlineData("a\0\r\n", "BareNewline ")]
    [InlineData("abcdefghijkl\nm\r\n", "BareNewline ")]
    [InlineData("a\r\nb", "Line a")]
    [InlineData("a\r\nb\r", "Line a")]
    public async Task Lines_are_the_same_in_any_cutting(string wire, string expected)
    {
        for (var size = 1; size <= wire.Length; size++)
            Assert.Equal(expected, await ReadAllAsync(wire, size, limit: 10));
    }

    [Fact]
    public async Task Any_bytes_give_the_same_lines_in_any_cutting() =>
        await Gen.Select(Gen.Char["ab\r\n\0"].Array[0, 40], Gen.Int[1, 7]).SampleAsync(async (letters, size) =>
        {
            var wire = new string(letters);
            Assert.Equal(await ReadAllAsync(wire, 1_000, limit: 8), await ReadAllAsync(wire, size, limit: 8));
        }, iter: 2_000);

    [Fact]
    public async Task A_line_without_an_end_is_given_up_after_64_KiB()
    {
        var endless = new string('a', LineReader.MostSkipped);
        Assert.Equal("", await ReadAllAsync(endless, 1_000, limit: 2_048));
        Assert.Equal("Endless ", await ReadAllAsync(endless + "a", 1_000, limit: 2_048));
        Assert.Equal("TooLong ", await ReadAllAsync(endless + "\r\n", 1_000, limit: 2_048));
    }

    [Theory]
    [InlineData("Ok", "250 2.0.0 Ok\r\n")]
    [InlineData("one\ntwo", "250-2.0.0 one\r\n250 2.0.0 two\r\n")]
    [InlineData("", "250 2.0.0 \r\n")]
    [InlineData("a\u0001b\u00e9\u2028c", "250 2.0.0 a?b??c\r\n")]
    public void Replies_carry_code_and_status_on_each_line(string text, string wire)
    {
        var output = new ArrayBufferWriter<byte>();
        ReplyWriter.Write(output, SmtpReply.Of(250, "2.0.0", text));
        Assert.Equal(wire, Encoding.ASCII.GetString(output.WrittenSpan));
    }

    // RFC 5321 §4.5.3.1.5.
    [Fact]
    public void A_reply_line_is_at_most_512_octets()
    {
        var output = new ArrayBufferWriter<byte>();
        ReplyWriter.Write(output, SmtpReply.Of(550, "5.999.999", new string('x', 2_000)));
        Assert.InRange(output.WrittenCount, 500, 512);
        Assert.Equal("\r\n"u8.ToArray(), output.WrittenSpan[^2..].ToArray());
    }

    private static async Task<string> ReadAllAsync(string wire, int size, int limit)
    {
        var pipe = new Pipe(new PipeOptions(pauseWriterThreshold: 0, useSynchronizationContext: false));
        var reader = new LineReader(pipe.Reader);
        var found = new List<string>();
        var bytes = Encoding.Latin1.GetBytes(wire);
        for (var start = 0; start < bytes.Length; start += size)
        {
            await pipe.Writer.WriteAsync(bytes.AsMemory(start, Math.Min(size, bytes.Length - start)));
            Assert.Equal(FillStatus.Filled, await reader.FillAsync());
            if (TakeAll(reader, limit, found)) return string.Join('|', found);
        }
        await pipe.Writer.CompleteAsync();
        Assert.Equal(FillStatus.Ended, await reader.FillAsync());
        return string.Join('|', found);
    }

    // True when nobody would read on.
    private static bool TakeAll(LineReader reader, int limit, List<string> found)
    {
        while (true)
        {
            var status = reader.TryTakeLine(limit, out var line);
            if (status == LineStatus.Missing) return false;
            if (status == LineStatus.Skipping) continue;
            found.Add($"{status} {(status == LineStatus.Line ? Encoding.Latin1.GetString(line) : "")}");
            if (status is LineStatus.BareNewline or LineStatus.Endless) return true;
        }
    }
}
