using System.Security.Cryptography.X509Certificates;

namespace Ekiden.Smtp.Client;

/// <summary>Decides whether a server's certificate will do, where chain and name are not what counts.</summary>
public interface ICertificateJudge
{
    /// <summary>What is wrong; null accepts. Called once per handshake, on any thread.</summary>
    /// <param name="presented">What the server showed, its own certificate first; at least one.</param>
    CertificateObjection? Judge(IReadOnlyList<X509Certificate2> presented);
}

/// <summary>What is wrong with a certificate.</summary>
/// <param name="Fault">In one word.</param>
/// <param name="Why">In a few words, for logs and notices.</param>
public sealed record CertificateObjection(CertificateFault Fault, string Why);

/// <summary>The kinds of trouble with a certificate that a report tells apart: RFC 8460 §4.3.</summary>
public enum CertificateFault : byte
{
    /// <summary>The server shows none.</summary>
    Missing,

    /// <summary>The chain leads to nobody whom we trust, or is broken.</summary>
    NotTrusted,

    /// <summary>It is for another name.</summary>
    WrongName,

    /// <summary>It, or one above it, is over or has not begun.</summary>
    Expired,

    /// <summary>No TLSA record fits it.</summary>
    NoMatch,
}
