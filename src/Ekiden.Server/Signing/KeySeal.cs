using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Server.Signing;

/// <summary>
/// Encrypts what is kept in the database but must not be read from a copy of it alone: AES-256-GCM with a key in a
/// file of its own. A sealed value is the nonce (12 bytes), the tag (16 bytes) and the ciphertext.
/// </summary>
/// <param name="key">32 bytes.</param>
internal sealed class KeySeal(byte[] key)
{
    private const int NonceLength = 12;
    private const int TagLength = 16;

    /// <summary>Encrypts a secret.</summary>
    /// <param name="secret">Any length; the caller clears it.</param>
    /// <param name="name">What it belongs to: it cannot be opened under another name.</param>
    public byte[] Seal(ReadOnlySpan<byte> secret, string name)
    {
        var whole = new byte[NonceLength + TagLength + secret.Length];
        var nonce = whole.AsSpan(0, NonceLength);
        var tag = whole.AsSpan(NonceLength, TagLength);
        RandomNumberGenerator.Fill(nonce);
        using var cipher = new AesGcm(key, TagLength);
        cipher.Encrypt(nonce, secret, whole.AsSpan(NonceLength + TagLength), tag, Encoding.UTF8.GetBytes(name));
        return whole;
    }

    /// <summary>Decrypts what <see cref="Seal"/> gave.</summary>
    /// <exception cref="CryptographicException">Another key or name, or damage.</exception>
    public byte[] Open(ReadOnlySpan<byte> whole, string name)
    {
        if (whole.Length < NonceLength + TagLength) throw new CryptographicException($"{name}: no sealed value");
        var secret = new byte[whole.Length - NonceLength - TagLength];
        using var cipher = new AesGcm(key, TagLength);
        cipher.Decrypt(
            whole[..NonceLength], whole[(NonceLength + TagLength)..], whole.Slice(NonceLength, TagLength), secret,
            Encoding.UTF8.GetBytes(name));
        return secret;
    }
}
