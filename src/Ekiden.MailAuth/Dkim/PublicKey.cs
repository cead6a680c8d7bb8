using System.Security.Cryptography;
using NSec.Cryptography;

namespace Ekiden.MailAuth.Dkim;

/// <summary>Checks signatures over a SHA-256 hash with a published key.</summary>
internal static class PublicKey
{
    private const int MinBits = 1024; // RFC 8301 §3.2
    private const int MaxBits = 8192; // longer ones only cost time

    /// <summary>Pass, or what is wrong. Never throws, whatever the bytes are.</summary>
    internal static DkimVerdict Verify(KeyRecord key, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature) =>
        key.Algorithm == DkimAlgorithm.RsaSha256
            ? VerifyRsa(key.Data, hash, signature)
            : VerifyEd25519(key.Data, hash, signature);

    private static DkimVerdict VerifyRsa(byte[] key, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        using var rsa = RSA.Create();
        try
        {
            if (!TryImport(rsa, key)) return Unusable;
            if (rsa.KeySize < MinBits) return new(DkimResult.Policy, $"the key has fewer than {MinBits} bits");
            if (rsa.KeySize > MaxBits) return new(DkimResult.Policy, $"the key has more than {MaxBits} bits");
            return rsa.VerifyHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1) ? Right : Wrong;
        }
        catch (CryptographicException)
        {
            return Unusable; // numbers that make no key
        }
    }

    // SubjectPublicKeyInfo, as everybody publishes it, or RSAPublicKey, as RFC 6376 §3.6.1 says.
    private static bool TryImport(RSA rsa, byte[] key)
    {
        try
        {
            rsa.ImportSubjectPublicKeyInfo(key, out var read);
            return read == key.Length;
        }
        catch (CryptographicException)
        {
            rsa.ImportRSAPublicKey(key, out var read);
            return read == key.Length;
        }
    }

    // RFC 8463 §3: the message to Ed25519 is the hash.
    private static DkimVerdict VerifyEd25519(byte[] key, ReadOnlySpan<byte> hash, ReadOnlySpan<byte> signature)
    {
        var algorithm = SignatureAlgorithm.Ed25519;
        if (!NSec.Cryptography.PublicKey.TryImport(algorithm, key, KeyBlobFormat.RawPublicKey, out var imported))
            return Unusable;
        return algorithm.Verify(imported!, hash, signature) ? Right : Wrong; // not null after true
    }

    private static DkimVerdict Right => new(DkimResult.Pass, null);

    private static DkimVerdict Wrong => new(DkimResult.Fail, "the signature does not fit the header and the key");

    private static DkimVerdict Unusable => new(DkimResult.PermError, "the key cannot be used (p=)");
}
