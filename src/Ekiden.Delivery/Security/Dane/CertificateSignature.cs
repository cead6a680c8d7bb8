using System.Formats.Asn1;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Delivery.Security.Dane;

/// <summary>
/// Whether a key signed a certificate: RFC 5280 §4.1.1. The runtime builds chains only to certificates, and a TLSA
/// record may hold a bare key.
/// </summary>
internal static class CertificateSignature
{
    /// <summary>
    /// True when <paramref name="key"/> signed it, by RSA (PKCS #1 version 1.5) or ECDSA with SHA-2. Other signatures,
    /// SHA-1 among them, count as none.
    /// </summary>
    public static bool IsBy(X509Certificate2 certificate, PublicKey key)
    {
        try
        {
            var fields = new AsnReader(certificate.RawData, AsnEncodingRules.DER).ReadSequence();
            var signed = fields.ReadEncodedValue();
            var algorithm = fields.ReadSequence().ReadObjectIdentifier();
            var signature = fields.ReadBitString(out _);
            return Verify(algorithm, key, signed.Span, signature);
        }
        catch (Exception e) when (e is AsnContentException or CryptographicException)
        {
            return false; // a peer's bytes
        }
    }

    private static bool Verify(string algorithm, PublicKey key, ReadOnlySpan<byte> signed, byte[] signature)
    {
        switch (algorithm)
        {
            case "1.2.840.113549.1.1.11" or "1.2.840.113549.1.1.12" or "1.2.840.113549.1.1.13":
                using (var rsa = key.GetRSAPublicKey())
                {
                    return rsa?.VerifyData(signed, signature, Hash(algorithm[^1] - '0'), RSASignaturePadding.Pkcs1)
                        ?? false;
                }
            case "1.2.840.10045.4.3.2" or "1.2.840.10045.4.3.3" or "1.2.840.10045.4.3.4":
                using (var elliptic = key.GetECDsaPublicKey())
                {
                    return elliptic?.VerifyData(
                        signed, signature, Hash(algorithm[^1] - '1'), DSASignatureFormat.Rfc3279DerSequence) ?? false;
                }
            default:
                return false;
        }
    }

    // 1, 2, 3: as both families of identifiers count.
    private static HashAlgorithmName Hash(int number) => number switch
    {
        1 => HashAlgorithmName.SHA256,
        2 => HashAlgorithmName.SHA384,
        _ => HashAlgorithmName.SHA512,
    };
}
