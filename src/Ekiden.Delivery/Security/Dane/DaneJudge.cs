using System.Collections.Immutable;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Dns;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Security.Dane;

/// <summary>
/// Accepts a server by its TLSA records. DANE-EE: its key or certificate, whatever name and dates it has (RFC 7672
/// §3.1.1). DANE-TA: a chain to the certificate or key, with a name and dates that hold (§3.1.2).
/// </summary>
/// <param name="records">Usable ones: <see cref="TlsaRecords.Usable"/>.</param>
/// <param name="names">What the certificate may be for.</param>
/// <param name="clock">The time of the dates.</param>
internal sealed class DaneJudge(
    ImmutableArray<TlsaRecord> records, ImmutableArray<string> names, TimeProvider clock) : ICertificateJudge
{
    // A chain of a real server has 3 or 4; more is no chain that we follow.
    private const int MaxDepth = 10;

    /// <inheritdoc/>
    public CertificateObjection? Judge(IReadOnlyList<X509Certificate2> presented)
    {
        var leaf = presented[0];
        var anchors = new List<TlsaRecord>();
        foreach (var record in records)
        {
            if (record.Usage == TlsaRecords.TrustAnchor) anchors.Add(record);
            else if (TlsaRecords.Fits(record, leaf)) return null;
        }
        if (anchors.Count == 0) return NoMatch();
        var known = presented.Skip(1).ToList();
        try
        {
            AddFullCertificates(anchors, known);
            return JudgeChain(leaf, anchors, known);
        }
        finally
        {
            foreach (var added in known.Skip(presented.Count - 1)) added.Dispose();
        }
    }

    private CertificateObjection? JudgeChain(
        X509Certificate2 leaf, List<TlsaRecord> anchors, List<X509Certificate2> known)
    {
        var chain = new List<X509Certificate2> { leaf };
        while (chain.Count <= MaxDepth)
        {
            var last = chain[^1];
            // RFC 7671 §5.2.3: the anchor may be a bare key, published in full, whose certificate nobody sends.
            if (anchors.Exists(anchor => IsSignedByBareKey(last, anchor))) return JudgeDetails(chain);
            if (FindIssuer(last, known) is not { } issuer) return NoMatch();
            chain.Add(issuer);
            if (anchors.Exists(anchor => TlsaRecords.Fits(anchor, issuer))) return JudgeDetails(chain);
            known.Remove(issuer);
        }
        return NoMatch();
    }

    private CertificateObjection? JudgeDetails(List<X509Certificate2> chain)
    {
        var now = clock.GetUtcNow();
        for (var depth = 0; depth < chain.Count; depth++)
        {
            var certificate = chain[depth];
            if (now < certificate.NotBefore.ToUniversalTime() || now > certificate.NotAfter.ToUniversalTime())
            {
                return new CertificateObjection(
                    CertificateFault.Expired, $"{certificate.Subject} is over, or has not begun");
            }
            if (depth > 0 && !CertificateRules.MaySign(certificate, depth - 1))
            {
                return new CertificateObjection(
                    CertificateFault.NotTrusted, $"{certificate.Subject} may not sign certificates");
            }
        }
        if (!CertificateRules.MayServe(chain[0]))
            return new CertificateObjection(CertificateFault.NotTrusted, "the certificate is not for servers");
        return names.Any(name => chain[0].MatchesHostname(name))
            ? null
            : new CertificateObjection(CertificateFault.WrongName, $"the certificate is not for {names[0]}");
    }

    private static X509Certificate2? FindIssuer(X509Certificate2 certificate, List<X509Certificate2> known) =>
        known.Find(candidate =>
            candidate.SubjectName.RawData.AsSpan().SequenceEqual(certificate.IssuerName.RawData)
            && CertificateSignature.IsBy(certificate, candidate.PublicKey));

    private static bool IsSignedByBareKey(X509Certificate2 certificate, TlsaRecord anchor) =>
        anchor is { Selector: TlsaRecords.PublicKey, Matching: TlsaRecords.Full }
        && CertificateSignature.IsBy(
            certificate, PublicKey.CreateFromSubjectPublicKeyInfo(anchor.Data.AsSpan(), out _));

    // RFC 7671 §5.2.2: a trust anchor that is published in full need not be sent.
    private static void AddFullCertificates(List<TlsaRecord> anchors, List<X509Certificate2> known)
    {
        foreach (var anchor in anchors)
        {
            if (anchor is { Selector: TlsaRecords.WholeCertificate, Matching: TlsaRecords.Full })
                known.Add(X509CertificateLoader.LoadCertificate(anchor.Data.AsSpan()));
        }
    }

    private static CertificateObjection NoMatch() =>
        new(CertificateFault.NoMatch, "the certificate fits none of the host's TLSA records");
}
