using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Dns;

namespace Ekiden.Delivery.Security.Dane;

/// <summary>What TLSA records mean: RFC 6698 §2.1, as RFC 7671 and RFC 7672 narrow it for SMTP.</summary>
internal static class TlsaRecords
{
    /// <summary>DANE-TA.</summary>
    public const byte TrustAnchor = 2;

    /// <summary>DANE-EE.</summary>
    public const byte EndEntity = 3;

    /// <summary>The whole certificate.</summary>
    public const byte WholeCertificate = 0;

    /// <summary>The public key.</summary>
    public const byte PublicKey = 1;

    /// <summary>As it is, not hashed.</summary>
    public const byte Full = 0;

    private const byte Sha256 = 1;
    private const byte Sha512 = 2;

    /// <summary>
    /// The records by which a server can be authenticated. RFC 7672 §3.1.3: usages 0 and 1 mean nothing in SMTP.
    /// RFC 7671 §9: where a stronger hash of the same thing is published, the weaker is not looked at.
    /// </summary>
    public static ImmutableArray<TlsaRecord> Usable(ImmutableArray<TlsaRecord> records)
    {
        var usable = records.Where(IsUsable).ToList();
        return
        [
            .. usable.Where(record => record.Matching != Sha256 || !usable.Exists(
                other => other.Matching == Sha512 && other.Usage == record.Usage
                    && other.Selector == record.Selector)),
        ];
    }

    /// <summary>Is this the certificate, or a certificate of this key?</summary>
    public static bool Fits(TlsaRecord record, X509Certificate2 certificate)
    {
        var selected = record.Selector == WholeCertificate
            ? certificate.RawData
            : certificate.PublicKey.ExportSubjectPublicKeyInfo();
        return record.Matching switch
        {
            Sha256 => SHA256.HashData(selected).AsSpan().SequenceEqual(record.Data.AsSpan()),
            Sha512 => SHA512.HashData(selected).AsSpan().SequenceEqual(record.Data.AsSpan()),
            _ => selected.AsSpan().SequenceEqual(record.Data.AsSpan()),
        };
    }

    private static bool IsUsable(TlsaRecord record) =>
        record.Usage is TrustAnchor or EndEntity && record.Selector is WholeCertificate or PublicKey
        && record.Matching switch
        {
            Full => IsReadable(record),
            Sha256 => record.Data.Length == SHA256.HashSizeInBytes,
            Sha512 => record.Data.Length == SHA512.HashSizeInBytes,
            _ => false,
        };

    private static bool IsReadable(TlsaRecord record)
    {
        try
        {
            if (record.Selector == PublicKey)
            {
                var key = System.Security.Cryptography.X509Certificates.PublicKey.CreateFromSubjectPublicKeyInfo(
                    record.Data.AsSpan(), out var read);
                return read == record.Data.Length && key.Oid.Value is not null;
            }
            using var certificate = X509CertificateLoader.LoadCertificate(record.Data.AsSpan());
            return certificate.RawData.Length == record.Data.Length;
        }
        catch (CryptographicException)
        {
            return false;
        }
    }
}
