using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Directory;

/// <summary>What a server keeps to check a SCRAM-SHA-256 exchange: RFC 5802 §3, RFC 7677 §3.</summary>
public sealed record ScramCredential
{
    // RFC 7677 §4 asks for at least 4,096; a secret of 256 random bits needs no more (DESIGN §11).
    internal const int DefaultIterations = 4096;
    private const int SaltLength = 16;

    internal static readonly ScramCredential Empty = new();

    internal byte[] SaltBytes { get; init; } = [];

    internal byte[] StoredKeyBytes { get; init; } = [];

    internal byte[] ServerKeyBytes { get; init; } = [];

    /// <summary>16 bytes.</summary>
    public ReadOnlyMemory<byte> Salt => SaltBytes;

    /// <summary>Rounds of PBKDF2.</summary>
    public int Iterations { get; init; }

    /// <summary>SHA-256 of the client key: 32 bytes.</summary>
    public ReadOnlyMemory<byte> StoredKey => StoredKeyBytes;

    /// <summary>What the server proves itself with: 32 bytes.</summary>
    public ReadOnlyMemory<byte> ServerKey => ServerKeyBytes;

    /// <summary>The credential of a secret that is ASCII, so that SASLprep (RFC 4013) changes nothing.</summary>
    internal static ScramCredential Create(string secret, RandomNumberGenerator random)
    {
        var salt = new byte[SaltLength];
        random.GetBytes(salt);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.ASCII.GetBytes(secret), salt, DefaultIterations, HashAlgorithmName.SHA256, SHA256.HashSizeInBytes);
        return new ScramCredential
        {
            SaltBytes = salt,
            Iterations = DefaultIterations,
            StoredKeyBytes = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8)),
            ServerKeyBytes = HMACSHA256.HashData(salted, "Server Key"u8),
        };
    }

    /// <summary>
    /// A credential that no secret fits, always the same for one user name, so that an exchange for an unknown user
    /// looks like one with a wrong secret.
    /// </summary>
    internal static ScramCredential MakeUp(string username, ReadOnlySpan<byte> instanceSecret)
    {
        var name = username.ToLowerInvariant();
        return new ScramCredential
        {
            SaltBytes = HMACSHA256.HashData(instanceSecret, Encoding.UTF8.GetBytes("salt " + name))[..SaltLength],
            Iterations = DefaultIterations,
            StoredKeyBytes = HMACSHA256.HashData(instanceSecret, Encoding.UTF8.GetBytes("stored key " + name)),
            ServerKeyBytes = HMACSHA256.HashData(instanceSecret, Encoding.UTF8.GetBytes("server key " + name)),
        };
    }
}
