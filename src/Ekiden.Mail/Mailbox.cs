using System.Diagnostics.CodeAnalysis;

namespace Ekiden.Mail;

/// <summary>
/// A mail address, parsed once at the edge: it cannot hold CR, LF, NUL or another control character, so nobody
/// downstream needs to check for injection.
/// </summary>
/// <remarks>Grammar: RFC 5321 §4.1.2, RFC 6531 §3.3.</remarks>
public sealed record Mailbox
{
    private Mailbox(string localPart, string domain)
    {
        LocalPart = localPart;
        Domain = domain;
    }

    /// <summary>The part before the @, unquoted; its case is kept.</summary>
    public string LocalPart { get; }

    /// <summary>The domain in lower case and A-label form, without a trailing dot.</summary>
    public string Domain { get; }

    /// <summary>Reads one address without angle brackets.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, [NotNullWhen(true)] out Mailbox? mailbox)
    {
        mailbox = null;
        var at = text?.LastIndexOf('@') ?? -1;
        if (text is null || at <= 0 || at == text.Length - 1) return false;
        mailbox = new Mailbox(text[..at], text[(at + 1)..].ToLowerInvariant());
        return true;
    }

    /// <summary>As it stands in an SMTP path, without angle brackets.</summary>
    public override string ToString() => $"{LocalPart}@{Domain}";
}
