using System.Text;
using CsCheck;
using Ekiden.Smtp.Server;

namespace Ekiden.Smtp.Tests.Server;

public sealed class MessageScannerTests
{
    // RFC 5321 §4.5.2.
    [Theory]
    [InlineData(".\r\n", "")]
    [InlineData("a\r\n.\r\n", "a\r\n")]
    [InlineData("..\r\n.\r\n", ".\r\n")]
    [InlineData("...\r\n.\r\n", "..\r\n")]
    [InlineData(". \r\n.\r\n", " \r\n")]
    [InlineData(".a\r\n\r\n.\r\n", "a\r\n\r\n")]
    [InlineData("a.\r\nb\r\n.\r\n", "a.\r\nb\r\n")]
    [InlineData("a\u000b\u000c\u0085\r\n.\r\n", "a\u000b\u000c\u0085\r\n")]
    public void Stuffing_is_removed_in_any_cutting(string wire, string content)
    {
        foreach (var size in Enumerable.Range(1, wire.Length))
        {
            var (text, scanner, used) = Scan(wire + "NOOP\r\n", size);
            Assert.Equal(content, text);
            Assert.True(scanner.IsEnd);
            Assert.Equal(MessageFault.None, scanner.Fault);
            Assert.Equal(wire.Length, used);
            Assert.Equal(content.Length, scanner.Size);
        }
    }

    // Reliability A-R1, A-R2: every neighbour of CRLF.CRLF on either side of the dot.
    [Fact]
    public void Nothing_else_ends_a_message_and_every_bare_newline_is_found()
    {
        string[] ends = ["", "\r", "\n", "\0", "\r\n", "\n\r", "\r\r", "\r\r\n", "\n\n", "\r\0\n", "\n\r\n"];
        foreach (var before in ends)
        {
            foreach (var after in ends)
            {
                var isEnd = before == "\r\n" && after == "\r\n";
                var isGood = IsCanonical($"body{before}.{after}x");
                for (var size = 1; size < 8; size++)
                {
                    var (_, scanner, _) = Scan($"body{before}.{after}xyz", size);
                    Assert.Equal(isEnd, scanner.IsEnd && scanner.Fault == MessageFault.None);
                    Assert.Equal(isGood, scanner.Fault == MessageFault.None);
                }
            }
        }
    }

    [Fact]
    public void After_a_bare_newline_the_true_end_is_still_found_and_nothing_comes_back()
    {
        const string Wire = "a\r\nb\n.\r\nc\r\n.\r\n";
        var (text, scanner, used) = Scan(Wire + "QUIT\r\n", 1);
        Assert.True(scanner.IsEnd);
        Assert.Equal(MessageFault.BareNewline, scanner.Fault);
        Assert.Equal("a\r\nb", text);
        Assert.Equal(Wire.Length, used);
    }

    [Theory]
    [InlineData(998, false)]
    [InlineData(999, true)]
    public void A_line_has_at_most_998_octets(int length, bool isRefused)
    {
        foreach (var size in new[] { 1, 7, 4096 })
        {
            var (_, scanner, _) = Scan("Subject: x\r\n\r\n." + new string('.', length) + "\r\n.\r\n", size);
            Assert.True(scanner.IsEnd);
            Assert.Equal(isRefused ? MessageFault.LineTooLong : MessageFault.None, scanner.Fault);
        }
    }

    [Theory]
    [InlineData(100, false)]
    [InlineData(99, true)]
    public void Size_counts_content_without_stuffing(int limit, bool isRefused)
    {
        var content = string.Concat(Enumerable.Repeat("..34567\r\n", 12)) + "90\r\n"; // 12 lines of 8, and 4
        var (_, scanner, _) = Scan(content + ".\r\n", 5, new SessionLimits { MaxMessage = limit });
        Assert.True(scanner.IsEnd);
        Assert.Equal(100, scanner.Size);
        Assert.Equal(isRefused ? MessageFault.TooLarge : MessageFault.None, scanner.Fault);
    }

    [Theory]
    [InlineData(1_000, 1, MessageFaultName.None)]
    [InlineData(1_001, 1, MessageFaultName.TooManyHeaderLines)]
    [InlineData(256, 1_024, MessageFaultName.None)]
    [InlineData(257, 1_024, MessageFaultName.HeaderTooLarge)]
    public void A_header_has_a_limit_of_lines_and_of_bytes(int lines, int bytes, MessageFaultName fault)
    {
        var line = "A:" + new string('x', Math.Max(0, bytes - 4)) + "\r\n";
        var limits = new SessionLimits { MaxLine = 2_000 };
        var header = string.Concat(Enumerable.Repeat(line, lines));
        var (_, scanner, _) = Scan(header + "\r\n.\r\n", 4096, limits);
        Assert.Equal(fault.ToString(), scanner.Fault.ToString());
    }

    [Fact]
    public void A_body_has_no_limit_of_lines()
    {
        var body = string.Concat(Enumerable.Repeat("x: y\r\n", 5_000));
        var (_, scanner, _) = Scan("A: b\r\n\r\n" + body + ".\r\n", 4096);
        Assert.Equal(MessageFault.None, scanner.Fault);
    }

    [Theory]
    [InlineData(102, MessageFaultName.None)]
    [InlineData(103, MessageFaultName.HeaderTooLarge)]
    public void A_folded_field_has_at_most_100_KiB(int lines, MessageFaultName fault)
    {
        var folded = string.Concat(Enumerable.Repeat(" " + new string('x', 995) + "\r\n", lines));
        var (_, scanner, _) = Scan("A: b\r\n" + folded + "\r\n.\r\n", 4096);
        Assert.Equal(fault.ToString(), scanner.Fault.ToString());
    }

    // What a writer stuffs, the scanner unstuffs: any content of canonical lines, in any cutting.
    [Fact]
    public void Stuffed_content_comes_back_byte_for_byte()
    {
        var line = Gen.Char["ab.: "].Array[0, 12].Select(letters => new string(letters));
        Gen.Select(line.Array[0, 20], Gen.Int[1, 30]).Sample((lines, size) =>
        {
            var content = string.Concat(lines.Select(text => text + "\r\n"));
            var wire = string.Concat(lines.Select(text => (text.StartsWith('.') ? "." : "") + text + "\r\n")) + ".\r\n";
            var (text, scanner, used) = Scan(wire + "RSET\r\n", size);
            return text == content && scanner.IsEnd && used == wire.Length;
        }, iter: 20_000);
    }

    // Any bytes at all: the cutting never changes the verdict, and what comes back is canonical.
    [Fact]
    public void The_cutting_never_changes_the_verdict() =>
        Gen.Select(Gen.Char["\r\n\0.a: "].Array[0, 40], Gen.Int[1, 20]).Sample((letters, size) =>
        {
            var wire = new string(letters);
            var (whole, first, usedWhole) = Scan(wire, wire.Length + 1);
            var (text, second, used) = Scan(wire, size);
            return first.Fault == second.Fault && first.IsEnd == second.IsEnd && usedWhole == used
                && (first.Fault != MessageFault.None || (whole == text && (!first.IsEnd || IsCanonical(text))));
        }, iter: 50_000);

    private static bool IsCanonical(string text) =>
        !text.Replace("\r\n", "", StringComparison.Ordinal).AsSpan().ContainsAny('\r', '\n', '\0');

    private static (string Content, MessageScanner Scanner, int Used) Scan(
        string wire, int size, SessionLimits? limits = null)
    {
        var scanner = new MessageScanner(limits ?? new SessionLimits());
        var bytes = Encoding.Latin1.GetBytes(wire);
        var content = new StringBuilder();
        var used = 0;
        while (used < bytes.Length && !scanner.IsEnd)
        {
            var piece = bytes.AsSpan(used, Math.Min(size, bytes.Length - used));
            var position = 0;
            while (scanner.TryNext(piece, ref position, out var range))
                content.Append(Encoding.Latin1.GetString(piece[range]));
            used += position;
        }
        return (content.ToString(), scanner, used);
    }

    /// <summary>The same names in public, for theories.</summary>
    public enum MessageFaultName { None, BareNewline, LineTooLong, TooLarge, TooManyHeaderLines, HeaderTooLarge }
}
