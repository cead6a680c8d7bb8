using System.Buffers.Binary;
using System.Numerics;
using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Directory;

/// <summary> The secret of a key: <c>ekiden_live_</c> or <c>ekiden_test_</c>, 256 random bits in 43 characters of base
/// 62, and 6 characters that check them, so that scanners find leaked ones and a typing error is told from a revoked
/// key. 61 characters: printers and other devices often take at most 64.
/// </summary>
public static class KeySecret
{
    /// <summary>What the secret of a key starts with that sends real mail.</summary>
    public const string Prefix = "ekiden_live_";

    /// <summary>What the secret of a test key starts with: nothing that it sends leaves.</summary>
    public const string TestPrefix = "ekiden_test_";

    /// <summary>How long every secret is, in characters.</summary>
    public const int Length = 61;

    private const string Digits = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
    private const int CheckLength = 6;

    /// <summary>A new secret.</summary>
    public static string Create(RandomNumberGenerator random, bool isTest = false)
    {
        Span<byte> bytes = stackalloc byte[32];
        random.GetBytes(bytes);
        var digits = Length - Prefix.Length - CheckLength;
        var text = (isTest ? TestPrefix : Prefix) + ToBase62(new BigInteger(bytes, isUnsigned: true), digits);
        return text + Check(text);
    }

    /// <summary>
    /// The text has the form of a secret, and its check fits. Says nothing about whether the key exists.
    /// </summary>
    public static bool IsWellFormed(string text) =>
        text.Length == Length
        && (text.StartsWith(Prefix, StringComparison.Ordinal) || text.StartsWith(TestPrefix, StringComparison.Ordinal))
        && text.EndsWith(Check(text[..^CheckLength]), StringComparison.Ordinal);

    /// <summary>What is stored instead of the secret: SHA-256, enough for 256 random bits.</summary>
    internal static byte[] Hash(string secret) => SHA256.HashData(Encoding.UTF8.GetBytes(secret));

    private static string Check(string text) =>
        ToBase62(BinaryPrimitives.ReadUInt32BigEndian(SHA256.HashData(Encoding.UTF8.GetBytes(text))), CheckLength);

    private static string ToBase62(BigInteger value, int length) => string.Create(length, value, static (text, rest) =>
    {
        for (var i = text.Length - 1; i >= 0; i--)
        {
            rest = BigInteger.DivRem(rest, Digits.Length, out var digit);
            text[i] = Digits[(int)digit];
        }
    });
}
