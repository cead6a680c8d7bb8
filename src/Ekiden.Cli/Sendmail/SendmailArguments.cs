namespace Ekiden.Cli.Sendmail;

/// <summary>What a call of <c>sendmail</c> asks for.</summary>
internal sealed record SendmailArguments
{
    /// <summary>What to do.</summary>
    public SendmailMode Mode { get; init; } = SendmailMode.Send;

    /// <summary><c>-t</c>: recipients are in To, Cc and Bcc, beside those on the command line.</summary>
    public bool ReadsRecipients { get; init; }

    /// <summary><c>-i</c>, <c>-oi</c>: a line with only a dot is content, not the end.</summary>
    public bool IgnoresDots { get; init; }

    /// <summary><c>-f</c>, <c>-r</c>: the envelope sender; empty is the null sender; null: whoever calls.</summary>
    public string? Sender { get; init; }

    /// <summary><c>-F</c>: the sender's name, for a From field that is missing.</summary>
    public string? FullName { get; init; }

    /// <summary><c>-B 8BITMIME</c>.</summary>
    public bool IsEightBit { get; init; }

    /// <summary><c>-N</c>: NOTIFY of RFC 3461 §4.1; null when not given.</summary>
    public string? Notify { get; init; }

    /// <summary><c>-R</c>: RET of RFC 3461 §4.3; null when not given.</summary>
    public string? Return { get; init; }

    /// <summary><c>-V</c>: ENVID of RFC 3461 §4.4, not yet encoded; null when not given.</summary>
    public string? EnvelopeId { get; init; }

    /// <summary><c>--config</c>, ours alone.</summary>
    public string? Config { get; init; }

    /// <summary>On the command line.</summary>
    public IReadOnlyList<string> Recipients { get; init; } = [];

    /// <summary>What is wrong; null when nothing is.</summary>
    public string? Mistake { get; init; }
}

/// <summary>What a call of <c>sendmail</c> does.</summary>
internal enum SendmailMode
{
    /// <summary><c>-bm</c>, the usual: sends the mail on standard input.</summary>
    Send,

    /// <summary><c>-bs</c>: speaks SMTP on standard input and output.</summary>
    Smtp,

    /// <summary><c>-bp</c>, <c>mailq</c>: shows the queue.</summary>
    ShowQueue,

    /// <summary><c>-q…</c>, <c>-bi</c>, <c>newaliases</c>: nothing to do, the server does it by itself.</summary>
    Nothing,
}
