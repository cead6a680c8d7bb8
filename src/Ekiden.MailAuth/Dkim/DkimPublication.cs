namespace Ekiden.MailAuth.Dkim;

/// <summary>Is a key there for those who verify?</summary>
public enum DkimPublication : byte
{
    /// <summary>The name service does not answer: nothing is known.</summary>
    Unknown,

    /// <summary>There is nothing at its name.</summary>
    Missing,

    /// <summary>Something else is at its name: another key, a revoked or unusable one.</summary>
    Different,

    /// <summary>It is there: mail may be signed with it (reliability J-R3).</summary>
    Published,
}
