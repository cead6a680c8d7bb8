namespace Ekiden.MailAuth.Dkim;

/// <summary>How signatures are made: RFC 6376 §3.3, RFC 8463 §3. The hash is SHA-256 with both.</summary>
public enum DkimAlgorithm : byte
{
    /// <summary><c>rsa-sha256</c>: every receiver knows it.</summary>
    RsaSha256,

    /// <summary><c>ed25519-sha256</c>: short and fast; not every receiver knows it yet.</summary>
    Ed25519Sha256,
}
