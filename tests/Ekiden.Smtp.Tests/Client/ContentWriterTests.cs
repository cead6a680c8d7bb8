using System.Buffers;
using System.Text;
using CsCheck;
using Ekiden.Smtp.Client;
using Ekiden.Testing;
using static Ekiden.Smtp.Tests.Client.ClientFixture;

namespace Ekiden.Smtp.Tests.Client;

// reliability.md A-T10: random content, writer, strict reference reader (ServerSide), the same bytes.
public class ContentWriterTests
{
    private static readonly string[] Pieces = [".", "..", "\r\n", "\r\n.", "\r\n.\r\n", "a", "é", " ", ".\r\n", "xyz"];

    private static readonly Gen<string> Content =
        Gen.Int[0, Pieces.Length - 1].Array[0, 60].Select(picks => string.Concat(picks.Select(pick => Pieces[pick])));

    [Fact]
    public async Task The_reader_gets_the_bytes_that_were_written()
    {
        await using var mx = FakeMx.Start();
        await using var connection = await OpenAsync(Target(mx.Address));
        await Gen.Select(Content, Gen.Double[0, 1].Array[0, 5], Gen.Bool).SampleAsync(async (text, cuts, streamed) =>
        {
            var content = Encoding.UTF8.GetBytes(text);
            await CheckAsync(connection, mx, content, cuts.Select(at => (int)(at * content.Length)).Order(), streamed);
        }, iter: 3000, threads: 1);
    }

    [Theory]
    [InlineData(16 * 1024)]
    [InlineData(256 * 1024)]
    public async Task Content_around_the_size_of_the_buffers_arrives_whole(int size)
    {
        await using var mx = FakeMx.Start(new FakeMxPolicy { Extensions = ["PIPELINING"] });
        await using var connection = await OpenAsync(Target(mx.Address));
        for (var delta = -8; delta <= 8; delta++)
        {
            foreach (var withDots in new[] { true, false })
            {
                var content = Lines(size + delta, withDots);
                await CheckAsync(connection, mx, content, [size / 3, size / 2], streamed: false);
                await CheckAsync(connection, mx, content, [size / 3, size / 2], streamed: true);
                await CheckAsync(connection, mx, content, [], streamed: false);
            }
        }
    }

    private static async Task CheckAsync(
        SmtpClientConnection connection, FakeMx mx, byte[] content, IEnumerable<int> cuts, bool streamed)
    {
        var chunked = Chunked(content, cuts);
        IOutgoingContent outgoing = streamed ? new StreamedContent(Arrays(chunked)) : new BufferedContent(chunked);
        var response = await connection.SendAsync(Message(content) with { Content = outgoing }, Cancel);
        Assert.IsType<RecipientResponse.Taken>(Assert.Single(response));
        // The writer ends the last line if it has no end.
        var isEnded = content.Length == 0 || content.AsSpan().EndsWith("\r\n"u8);
        Assert.Equal(isEnded ? content : [.. content, .. "\r\n"u8], mx.Messages.Last().Content);
    }

    private static byte[]?[] Arrays(ReadOnlySequence<byte> content)
    {
        var arrays = new List<byte[]?>();
        foreach (var piece in content) arrays.Add(piece.ToArray());
        return [.. arrays];
    }

    private static byte[] Lines(int size, bool withDots)
    {
        var content = new byte[size];
        for (var i = 0; i < size; i++)
        {
            var column = i % 64;
            content[i] = column switch
            {
                62 when i + 1 < size => (byte)'\r',
                63 => (byte)'\n',
                0 when withDots => (byte)'.',
                _ => (byte)'x',
            };
        }
        return content;
    }
}
