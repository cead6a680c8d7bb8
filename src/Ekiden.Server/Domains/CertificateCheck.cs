using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Server.Domains;

/// <summary>The certificate that listeners show.</summary>
internal static class CertificateCheck
{
    private static readonly TimeSpan Soon = TimeSpan.FromDays(14);

    public static DomainFinding Check(X509Certificate2 certificate, string hostName, DateTimeOffset now)
    {
        var end = new DateTimeOffset(certificate.NotAfter.ToUniversalTime(), TimeSpan.Zero);
        var until = $"valid until {end:yyyy-MM-dd}";
        if (end <= now) return Finding(FindingStatus.Error, "expired", "renew it");
        if (certificate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData))
            return Finding(FindingStatus.Warning, $"self-signed, {until}", "name one in [tls]");
        if (!certificate.MatchesHostname(hostName))
            return Finding(FindingStatus.Warning, "not for this name", "name one in [tls] that is");
        return end - now < Soon
            ? Finding(FindingStatus.Warning, until, "renew it")
            : Finding(FindingStatus.Ok, until, null);

        DomainFinding Finding(FindingStatus status, string detail, string? fix) =>
            new("tls", hostName, status, detail) { Fix = fix };
    }
}
