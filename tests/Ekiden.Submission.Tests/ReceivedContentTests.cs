using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Ekiden.Testing;

namespace Ekiden.Submission.Tests;

/// <summary>Header and body are told apart, and the body is hashed, whatever pieces the bytes come in.</summary>
public sealed class ReceivedContentTests
{
    private static readonly string[] Parts =
        ["\r\n", "\r\n\r\n", "\r\n\r\n\r\n", "a", "Name: value", " ", "\t", "  b ", "."];

    private static readonly Gen<string> Mails =
        Gen.Int[0, Parts.Length - 1].Select(place => Parts[place]).Array[0, 12].Select(string.Concat);

    [Theory]
    [InlineData("From: a\r\n\r\nbody\r\n")]
    [InlineData("\r\nbody\r\n\r\nmore\r\n")]
    [InlineData("\r\n\r\nbody")]
    [InlineData("A: b\r\nC: d\r\n\r\n\r\n  x  y \r\n\r\n\r\n")]
    [InlineData("A: b\r\n\r\n")]
    [InlineData("A: b\r\n")]
    [InlineData("")]
    public async Task Every_cut_gives_the_same_hash(string mail)
    {
        var expected = Hash(mail);
        for (var first = 0; first <= mail.Length; first++)
        {
            for (var second = first; second <= mail.Length; second++)
                Assert.Equal(expected, await HashAsync(mail[..first], mail[first..second], mail[second..]));
        }
    }

    [Fact]
    public Task Any_mail_in_any_pieces_gives_the_hash_of_the_plain_computation() =>
        Gen.Select(Mails, Gen.Int[1, 7]).SampleAsync(async (mail, size) =>
        {
            var pieces = mail.Chunk(size).Select(piece => new string(piece)).ToArray();
            Assert.Equal(Hash(mail), await HashAsync(pieces));
        });

    private static async ValueTask<byte[]> HashAsync(params string[] pieces)
    {
        using var content = new ReceivedContent(new MemoryContent());
        foreach (var piece in pieces)
            await content.WriteAsync(Encoding.ASCII.GetBytes(piece), TestContext.Current.CancellationToken);
        return content.FinishBodyHash();
    }

    // RFC 6376 §3.4.4, word for word, over the whole body at once.
    private static byte[] Hash(string mail)
    {
        var parts = ("\r\n" + mail).Split("\r\n\r\n", 2);
        var body = parts.Length == 2 ? parts[1] : "";
        var lines = body.Split("\r\n").Select(line => Regex.Replace(line.TrimEnd(' ', '\t'), "[ \t]+", " ")).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return SHA256.HashData(Encoding.ASCII.GetBytes(string.Concat(lines.Select(line => line + "\r\n"))));
    }
}
