namespace Ekiden.MailAuth.Dkim;

/// <summary>How header or body are written before they are hashed: RFC 6376 §3.4.</summary>
internal enum Canonicalization : byte
{
    /// <summary>As they are.</summary>
    Simple,

    /// <summary>Without what relays change: case of names, folds, runs of blanks.</summary>
    Relaxed,
}
