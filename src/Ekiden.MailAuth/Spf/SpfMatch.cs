namespace Ekiden.MailAuth.Spf;

/// <summary>What a test of the client, or a question that it needs, came to.</summary>
internal enum SpfMatch : byte
{
    /// <summary>The mechanism does not match.</summary>
    No,

    /// <summary>The mechanism matches.</summary>
    Yes,

    /// <summary>The name service does not answer: the check ends.</summary>
    TempError,

    /// <summary>The record, or one it leads to, is wrong or goes over a limit: the check ends.</summary>
    PermError,
}
