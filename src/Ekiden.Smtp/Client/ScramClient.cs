using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Smtp.Client;

/// <summary>The client's side of SCRAM-SHA-256 without channel binding: RFC 5802, RFC 7677. No I/O.</summary>
/// <remarks>Name and password go in as they are; SASLprep changes nothing in ASCII.</remarks>
internal sealed class ScramClient(string userName, string password, string nonce)
{
    // RFC 7677 §4 asks for at least 4,096; the upper bound keeps a hostile server from burning our processor.
    private const int MinRounds = 4096;
    private const int MaxRounds = 1_000_000;

    private readonly string _firstBare = $"n={userName.Replace("=", "=3D").Replace(",", "=2C")},r={nonce}";
    private byte[]? _serverSignature;

    /// <summary>client-first-message.</summary>
    public byte[] First() => Encoding.UTF8.GetBytes("n,," + _firstBare);

    /// <summary>client-final-message; null when the server's first message is not acceptable.</summary>
    public byte[]? Final(ReadOnlySpan<byte> serverFirst)
    {
        var first = Encoding.UTF8.GetString(serverFirst);
        var parts = first.Split(',');
        if (parts.Length < 3 || !parts[0].StartsWith("r=" + nonce, StringComparison.Ordinal)) return null;
        if (parts[0].Length <= nonce.Length + 2) return null; // the server adds its own
        if (!parts[1].StartsWith("s=", StringComparison.Ordinal) || !TryBase64(parts[1][2..], out var salt))
            return null;
        if (!TryRounds(parts[2], out var rounds)) return null;

        var withoutProof = "c=biws," + parts[0]; // biws is "n,," in base 64: no channel binding
        var signed = Encoding.UTF8.GetBytes($"{_firstBare},{first},{withoutProof}");
        var salted = Rfc2898DeriveBytes.Pbkdf2(password, salt, rounds, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, "Client Key"u8);
        var proof = HMACSHA256.HashData(SHA256.HashData(clientKey), signed);
        for (var i = 0; i < proof.Length; i++) proof[i] ^= clientKey[i];
        _serverSignature = HMACSHA256.HashData(HMACSHA256.HashData(salted, "Server Key"u8), signed);
        return Encoding.UTF8.GetBytes($"{withoutProof},p={Convert.ToBase64String(proof)}");
    }

    /// <summary>The server's final message proves that it knows the password.</summary>
    public bool IsServerGenuine(ReadOnlySpan<byte> serverFinal)
    {
        var final = Encoding.UTF8.GetString(serverFinal).Split(',')[0];
        return _serverSignature is not null && final.StartsWith("v=", StringComparison.Ordinal)
            && TryBase64(final[2..], out var signature)
            && CryptographicOperations.FixedTimeEquals(signature, _serverSignature);
    }

    private static bool TryRounds(string part, out int rounds)
    {
        rounds = 0;
        return part.StartsWith("i=", StringComparison.Ordinal)
            && int.TryParse(part.AsSpan(2), NumberStyles.None, CultureInfo.InvariantCulture, out rounds)
            && rounds is >= MinRounds and <= MaxRounds;
    }

    private static bool TryBase64(string text, out byte[] bytes)
    {
        bytes = new byte[text.Length];
        if (!Convert.TryFromBase64String(text, bytes, out var length) || length == 0) return false;
        bytes = bytes[..length];
        return true;
    }
}
