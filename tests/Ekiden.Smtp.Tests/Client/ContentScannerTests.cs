using System.Text;
using Ekiden.Smtp.Client;

namespace Ekiden.Smtp.Tests.Client;

public class ContentScannerTests
{
    [Theory]
    [InlineData("", ".\r\n")]
    [InlineData("a\r\n", "a\r\n.\r\n")]
    [InlineData("a", "a\r\n.\r\n")] // a line end is added
    [InlineData(".\r\n", "..\r\n.\r\n")]
    [InlineData(".", "..\r\n.\r\n")]
    [InlineData("..\r\n", "...\r\n.\r\n")]
    [InlineData("a.b\r\n.c\r\n\r\n.\r\n", "a.b\r\n..c\r\n\r\n..\r\n.\r\n")]
    [InlineData("\u2028.\r\n\u0085.\v.\f.\r\n", "\u2028.\r\n\u0085.\v.\f.\r\n.\r\n")] // A-R6: no line ends
    public void Dots_are_doubled_in_every_chunking(string content, string expected)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        for (var step = 1; step <= Math.Max(1, bytes.Length); step++)
            Assert.Equal(expected, Stuff(bytes, step));
    }

    [Theory]
    [InlineData("a\nb", 1)]
    [InlineData("\n", 0)]
    [InlineData("a\r\n\n", 3)]
    [InlineData("a\rb", 1)]
    [InlineData("a\r\rb", 1)]
    [InlineData("a\r", 1)]
    [InlineData("a\r\n.\r", 4)]
    [InlineData("a\0b", 1)]
    [InlineData("\r\0\n", 0)]
    public void What_is_not_canonical_is_refused_in_every_chunking(string content, long offset)
    {
        var bytes = Encoding.UTF8.GetBytes(content);
        for (var step = 1; step <= bytes.Length; step++)
            Assert.Equal(offset, Assert.Throws<ContentNotCanonicalException>(() => Stuff(bytes, step)).Offset);
    }

    private static string Stuff(byte[] content, int step)
    {
        var scanner = new ContentScanner();
        var output = new List<byte>();
        for (var start = 0; start < content.Length; start += step)
        {
            var piece = content.AsSpan(start..Math.Min(start + step, content.Length));
            var from = 0;
            while (true)
            {
                var dot = scanner.NextDot(piece, from);
                output.AddRange(piece[from..dot]);
                if (dot == piece.Length) break;
                output.Add((byte)'.');
                from = dot;
            }
        }
        scanner.Finish();
        return Encoding.UTF8.GetString([.. output, .. scanner.End]);
    }
}
