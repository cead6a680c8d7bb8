using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.Mail.Tests.Headers;

public sealed class HeaderBlockTests
{
    [Fact]
    public void Fields_are_found_whatever_their_case_and_folding()
    {
        var block = Read("From: a@b.test\r\nsubject:one\r\n two\r\nX-Empty:\r\n"
            + "Received : by a\r\nRECEIVED: by b\r\n\r\nFrom: body\r\n");

        Assert.Equal(HeaderProblem.None, block.Problem);
        Assert.Equal(["From", "subject", "X-Empty", "Received", "RECEIVED"], Names(block));
        Assert.True(block.TryFind("SUBJECT"u8, out var subject));
        Assert.Equal("one two", subject.Unfold());
        Assert.Equal("one\r\n two", Encoding.ASCII.GetString(subject.RawValue));
        Assert.Equal("subject:one\r\n two\r\n", Encoding.ASCII.GetString(subject.Raw.Span));
        Assert.Equal(2, block.Count("received"u8));
        Assert.Equal((2, 1), block.CountReceived("by b"u8));
        Assert.False(block.TryFind("Subj"u8, out _));
        Assert.Equal(0, block.Count("body"u8));
    }

    [Theory]
    [InlineData("A: 1\r\n\r\nbody", 6, 8, HeaderProblem.None)]
    [InlineData("A: 1\r\n\r\n", 6, 8, HeaderProblem.None)]
    [InlineData("\r\nA: 1\r\n", 0, 2, HeaderProblem.None)]
    [InlineData("A: 1\r\n", 6, 6, HeaderProblem.NoEmptyLine)]
    [InlineData("A: 1", 4, 4, HeaderProblem.NoEmptyLine)]
    [InlineData("", 0, 0, HeaderProblem.NoEmptyLine)]
    [InlineData("A: 1\r\nno field\r\n\r\n", 6, 6, HeaderProblem.NotAField)]
    [InlineData(" A: 1\r\n\r\n", 0, 0, HeaderProblem.NotAField)]
    [InlineData(": 1\r\n\r\n", 0, 0, HeaderProblem.NotAField)]
    [InlineData("A B: 1\r\n\r\n", 0, 0, HeaderProblem.NotAField)]
    [InlineData("A: 1\r\n \r\nB: 2\r\n\r\n", 15, 17, HeaderProblem.None)]
    public void The_body_begins_behind_the_first_empty_line(string message, int length, int body, HeaderProblem problem)
    {
        var block = Read(message);

        Assert.Equal((length, body, problem), (block.Length, block.BodyOffset, block.Problem));
    }

    [Theory]
    [InlineData(1000, HeaderProblem.None)]
    [InlineData(1001, HeaderProblem.TooManyLines)]
    public void A_block_has_at_most_1000_lines(int lines, HeaderProblem problem) =>
        Assert.Equal(problem, Read(string.Concat(Enumerable.Repeat("A: 1\r\n", lines)) + "\r\n").Problem);

    [Theory]
    [InlineData(0, HeaderProblem.None)]
    [InlineData(1, HeaderProblem.FieldTooLong)]
    public void A_field_has_at_most_100_KiB(int more, HeaderProblem problem)
    {
        var folded = "A: 1\r\n" + string.Concat(Enumerable.Repeat(" " + new string('x', 997) + "\r\n", 102));
        var rest = HeaderBlock.MaxFieldLength - folded.Length + more;

        Assert.Equal(problem, Read(folded + " " + new string('x', rest - 3) + "\r\n\r\n").Problem);
    }

    [Theory]
    [InlineData(0, HeaderProblem.None)]
    [InlineData(1, HeaderProblem.TooLong)]
    public void A_block_has_at_most_256_KiB(int more, HeaderProblem problem)
    {
        var line = "A: " + new string('x', 507) + "\r\n";
        var fields = string.Concat(Enumerable.Repeat(line, 511)) + "A: " + new string('x', 507 + more) + "\r\n";

        Assert.Equal(HeaderBlock.MaxLength + more, fields.Length);
        Assert.Equal(problem, Read(fields + "\r\n").Problem);
    }

    [Fact]
    public void Text_to_show_is_decoded_and_safe()
    {
        var block = Read("Subject: =?utf-8?B?44GT44KT?=\r\n =?utf-8?B?44Gr44Gh44Gv?= \u001b[31m\u202Ex\r\n\r\n");

        Assert.True(block.TryFind("subject"u8, out var subject));
        Assert.Equal("こんにちは ?[31m?x", subject.Decode());
    }

    // A parser of bytes from outside: 10,000 of them, no exception, and the parts make the whole.
    [Fact]
    public void Random_bytes_are_taken_apart_without_loss()
    {
        var random = new Random(1);
        for (var i = 0; i < 10_000; i++)
        {
            var bytes = RandomText.Bytes(random, "\r\n", " ", "\t", ":", "From", "a", "\0", "\xff");
            var block = HeaderBlock.Read(bytes);
            var fields = new List<byte>();
            foreach (var field in block)
            {
                fields.AddRange(field.Raw.Span);
                field.Decode();
                HeaderAddressParser.Parse(field.RawValue);
            }
            Assert.Equal(bytes[..block.Length], fields);
            Assert.InRange(block.BodyOffset, block.Length, bytes.Length);
        }
    }

    private static HeaderBlock Read(string message) => HeaderBlock.Read(Encoding.UTF8.GetBytes(message));

    private static List<string> Names(HeaderBlock block)
    {
        var names = new List<string>();
        foreach (var field in block) names.Add(Encoding.ASCII.GetString(field.Name));
        return names;
    }
}
