using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;
using CsCheck;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Tests.Dkim;

public sealed class RelaxedBodyHashTests
{
    // RFC 6376 §3.4.4: the hash of an empty body (no bytes at all).
    [Theory]
    [InlineData("", "")]
    [InlineData("\r\n\r\n", "")]
    [InlineData(" \t\r\n", "")]
    [InlineData("a", "a\r\n")]
    [InlineData(" C \r\nD \t E\r\n\r\n\r\n", " C\r\nD E\r\n")] // RFC 6376 §3.4.5, the example's body
    [InlineData("\r\n\r\na  b\t \r\n", "\r\n\r\na b\r\n")]
    public void A_body_is_hashed_in_its_relaxed_form(string body, string relaxed) =>
        Assert.Equal(Sha256(relaxed), Hash(body, [body.Length]));

    [Fact]
    public void Pieces_may_be_cut_anywhere()
    {
        var body = Gen.Int[0, 5].Select(i => new[] { " ", "\t", "\r\n", "a", "bb", "é" }[i]).Array[0, 40]
            .Select(parts => string.Concat(parts));
        Gen.Select(body, Gen.Int[1, 7]).Sample((text, size) =>
            Hash(text, [size]).SequenceEqual(Sha256(Relaxed(text))));
    }

    [Fact]
    public void The_object_serves_one_body_after_another()
    {
        using var hash = new RelaxedBodyHash();
        hash.Append("x \r"u8);
        hash.Finish();
        hash.Append("a\r\n"u8);
        Assert.Equal(Sha256("a\r\n"), hash.Finish());
    }

    private static byte[] Hash(string body, int[] sizes)
    {
        using var hash = new RelaxedBodyHash();
        var bytes = Encoding.UTF8.GetBytes(body);
        var size = Math.Max(1, sizes[0]);
        for (var at = 0; at < bytes.Length; at += size)
            hash.Append(bytes.AsSpan(at, Math.Min(size, bytes.Length - at)));
        return hash.Finish();
    }

    // The rule word by word, without regard to speed.
    private static string Relaxed(string body)
    {
        var lines = body.Split("\r\n").Select(line => Regex.Replace(line.TrimEnd(' ', '\t'), "[ \t]+", " ")).ToList();
        while (lines.Count > 0 && lines[^1].Length == 0) lines.RemoveAt(lines.Count - 1);
        return string.Concat(lines.Select(line => line + "\r\n"));
    }

    private static byte[] Sha256(string text) => SHA256.HashData(Encoding.UTF8.GetBytes(text));
}
