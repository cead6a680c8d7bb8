using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;
using NSec.Cryptography;

namespace Ekiden.MailAuth.Dkim;

/// <summary>A private key for signing. Imported once and used by many threads at a time.</summary>
public sealed class DkimKey : IDisposable
{
    /// <summary>Bits of an RSA key at least: reliability J-R3.</summary>
    public const int MinRsaBits = 2048;

    /// <summary>Bits of an RSA key at most: not every receiver takes longer ones (RFC 8301 §3.2).</summary>
    public const int MaxRsaBits = 4096;

    private readonly RSA? _rsa;
    private readonly Key? _ed25519;

    /// <summary>An RSA key of any length, which it takes over.</summary>
    internal DkimKey(RSA rsa)
    {
        _rsa = rsa;
        Algorithm = DkimAlgorithm.RsaSha256;
        PublicRecord = "v=DKIM1; k=rsa; p=" + Convert.ToBase64String(rsa.ExportSubjectPublicKeyInfo());
    }

    private DkimKey(Key key)
    {
        _ed25519 = key;
        Algorithm = DkimAlgorithm.Ed25519Sha256;
        PublicRecord = "v=DKIM1; k=ed25519; p=" + Convert.ToBase64String(key.Export(KeyBlobFormat.RawPublicKey));
    }

    /// <summary>What it signs with.</summary>
    public DkimAlgorithm Algorithm { get; }

    /// <summary>
    /// The TXT record to publish at <c>selector._domainkey.domain</c>: RFC 6376 §3.6.1. An RSA key of 2048 bits takes
    /// 410 characters, so two strings.
    /// </summary>
    public string PublicRecord { get; }

    /// <summary>Bytes of a signature.</summary>
    public int SignatureLength => _rsa is not null ? _rsa.KeySize / 8 : SignatureAlgorithm.Ed25519.SignatureSize;

    /// <summary>A new key; RSA with 2048 bits.</summary>
    public static DkimKey Generate(DkimAlgorithm algorithm) => algorithm == DkimAlgorithm.RsaSha256
        ? new DkimKey(RSA.Create(MinRsaBits))
        : new DkimKey(Key.Create(SignatureAlgorithm.Ed25519, Exportable));

    /// <summary>
    /// Reads a key as others keep it: PEM (<c>PRIVATE KEY</c> or <c>RSA PRIVATE KEY</c>, not encrypted), or the 32
    /// bytes of an Ed25519 key in base64.
    /// </summary>
    /// <param name="text">The file's text.</param>
    /// <param name="key">The key.</param>
    /// <param name="why">What is wrong, in a few words and without the text itself.</param>
    public static bool TryImport(
        ReadOnlySpan<char> text, [NotNullWhen(true)] out DkimKey? key, [NotNullWhen(false)] out string? why)
    {
        key = null;
        why = "this is no private key in PEM form";
        var seed = new byte[33];
        if (Convert.TryFromBase64Chars(text, seed, out var length) && length == 32)
        {
            key = new DkimKey(Key.Import(
                SignatureAlgorithm.Ed25519, seed.AsSpan(0, 32), KeyBlobFormat.RawPrivateKey, Exportable));
        }
        else if (PemEncoding.TryFind(text, out var fields) && text[fields.Label] is "PRIVATE KEY" or "RSA PRIVATE KEY")
        {
            var bytes = new byte[fields.DecodedDataLength];
            Convert.TryFromBase64Chars(text[fields.Base64Data], bytes, out _); // TryFind has seen that it is base64
            key = text[fields.Label] is "PRIVATE KEY" ? ImportPkcs8(bytes, out why) : ImportRsa(bytes, false, out why);
            CryptographicOperations.ZeroMemory(bytes);
        }
        CryptographicOperations.ZeroMemory(seed);
        why = key is null ? why : null;
        return key is not null;
    }

    /// <summary>Reads what <see cref="ExportPkcs8"/> gave.</summary>
    /// <exception cref="CryptographicException">These bytes are no key that it can have given.</exception>
    public static DkimKey FromPkcs8(ReadOnlySpan<byte> bytes) =>
        ImportPkcs8(bytes, out var why) ?? throw new CryptographicException(why);

    /// <summary>The key as PKCS #8, to be kept encrypted: reliability J-R3.</summary>
    public byte[] ExportPkcs8() =>
        _rsa?.ExportPkcs8PrivateKey() ?? _ed25519!.Export(KeyBlobFormat.PkixPrivateKey); // one of the two is there

    /// <summary>Signs a SHA-256 hash.</summary>
    /// <param name="hash">32 bytes.</param>
    /// <param name="signature">Where it goes: <see cref="SignatureLength"/> bytes.</param>
    internal void Sign(ReadOnlySpan<byte> hash, Span<byte> signature)
    {
        // RFC 8463 §3: what Ed25519 signs is the hash
        if (_rsa is null) SignatureAlgorithm.Ed25519.Sign(_ed25519!, hash, signature); // one of the two is there
        else _rsa.SignHash(hash, signature, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1);
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _rsa?.Dispose();
        _ed25519?.Dispose();
    }

    private static KeyCreationParameters Exportable =>
        new() { ExportPolicy = KeyExportPolicies.AllowPlaintextExport };

    private static DkimKey? ImportPkcs8(ReadOnlySpan<byte> bytes, out string why)
    {
        why = "";
        var algorithm = SignatureAlgorithm.Ed25519;
        return Key.TryImport(algorithm, bytes, KeyBlobFormat.PkixPrivateKey, out var key, Exportable)
            ? new DkimKey(key!) // not null after true
            : ImportRsa(bytes, true, out why);
    }

    private static DkimKey? ImportRsa(ReadOnlySpan<byte> bytes, bool isPkcs8, out string why)
    {
        why = "this is no RSA or Ed25519 key";
        var rsa = RSA.Create();
        try
        {
            if (isPkcs8) rsa.ImportPkcs8PrivateKey(bytes, out _);
            else rsa.ImportRSAPrivateKey(bytes, out _);
            why = $"an RSA key must have {MinRsaBits} to {MaxRsaBits} bits";
            if (rsa.KeySize is >= MinRsaBits and <= MaxRsaBits) return new DkimKey(rsa);
        }
        catch (CryptographicException)
        {
            // the bytes are no key: said by why
        }
        rsa.Dispose();
        return null;
    }
}
