using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Delivery.Security.Dane;

/// <summary>What a certificate may be used for: RFC 5280 §4.2.1, where a chain to an anchor needs it.</summary>
internal static class CertificateRules
{
    private const string ServerAuthentication = "1.3.6.1.5.5.7.3.1";
    private const string AnyPurpose = "2.5.29.37.0";

    /// <summary>May it sign other certificates, with so many authorities below it?</summary>
    public static bool MaySign(X509Certificate2 certificate, int below)
    {
        var isAuthority = false;
        foreach (var extension in certificate.Extensions)
        {
            switch (extension)
            {
                case X509BasicConstraintsExtension basic:
                    isAuthority = basic.CertificateAuthority
                        && !(basic.HasPathLengthConstraint && below > basic.PathLengthConstraint);
                    break;
                case X509KeyUsageExtension usage when !usage.KeyUsages.HasFlag(X509KeyUsageFlags.KeyCertSign):
                    return false;
            }
        }
        // version 1 knows no extensions; such a root is one because it signed itself
        return isAuthority || (certificate.Version < 3 && IsSelfIssued(certificate));
    }

    /// <summary>May it be a server's?</summary>
    public static bool MayServe(X509Certificate2 certificate)
    {
        foreach (var extension in certificate.Extensions)
        {
            if (extension is not X509EnhancedKeyUsageExtension purposes) continue;
            foreach (var purpose in purposes.EnhancedKeyUsages)
                if (purpose.Value is ServerAuthentication or AnyPurpose) return true;
            return false;
        }
        return true;
    }

    private static bool IsSelfIssued(X509Certificate2 certificate) =>
        certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData);
}
