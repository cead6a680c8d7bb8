using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Submission.Composition;

/// <summary>The parts of a mail as the API names them, checked, before it is a message.</summary>
/// <param name="From">Who writes it.</param>
/// <param name="To">Who gets it and sees it; may be empty in a mail of hidden copies.</param>
/// <param name="Subject">May be empty; any Unicode but control characters.</param>
public sealed record MailParts(NamedMailbox From, ImmutableArray<NamedMailbox> To, string Subject)
{
    /// <summary>Who else gets it and is seen.</summary>
    public ImmutableArray<NamedMailbox> Cc { get; init; } = [];

    /// <summary>Where answers go; empty: to <see cref="From"/>.</summary>
    public ImmutableArray<NamedMailbox> ReplyTo { get; init; } = [];

    /// <summary>Who sends it for <see cref="From"/>; null: the same.</summary>
    public NamedMailbox? Sender { get; init; }

    /// <summary>The body in plain text, any line ends; null: none.</summary>
    public string? Text { get; init; }

    /// <summary>The body in HTML; null: none.</summary>
    public string? Html { get; init; }

    /// <summary>A calendar object (RFC 5545) and its method; null: none.</summary>
    public CalendarPart? Calendar { get; init; }

    /// <summary>Files, and images that the HTML shows.</summary>
    public ImmutableArray<AttachedFile> Attachments { get; init; } = [];

    /// <summary>More header fields, in this order: names and values checked.</summary>
    public ImmutableArray<(string Name, string Value)> Headers { get; init; } = [];

    /// <summary>How the text is written.</summary>
    public MailCharset Charset { get; init; } = MailCharset.Utf8;

    /// <summary>Some address cannot be written in ASCII: RFC 6531.</summary>
    public bool NeedsSmtpUtf8 =>
        From.Address.NeedsSmtpUtf8 || Sender is { Address.NeedsSmtpUtf8: true }
        || To.Any(NeedsUtf8) || Cc.Any(NeedsUtf8) || ReplyTo.Any(NeedsUtf8);

    private static bool NeedsUtf8(NamedMailbox mailbox) => mailbox.Address.NeedsSmtpUtf8;
}

/// <summary>An address with the name that stands beside it; the name is empty when there is none.</summary>
public sealed record NamedMailbox(Mailbox Address, string Name);

/// <summary>An invitation.</summary>
/// <param name="Content">The iCalendar text.</param>
/// <param name="Method">Its METHOD: RFC 5546 §1.4.</param>
public sealed record CalendarPart(string Content, string Method);

/// <summary>A file in a mail.</summary>
/// <param name="Name">Its name, without a path.</param>
/// <param name="MediaType">Such as <c>image/png</c>.</param>
/// <param name="Content">Its bytes.</param>
/// <param name="ContentId">The name by which HTML refers to it, without angle brackets; null: none.</param>
/// <param name="IsInline">Shown in the text, not listed as a file.</param>
public sealed record AttachedFile(string Name, string MediaType, byte[] Content, string? ContentId, bool IsInline);

/// <summary>How the text of a mail is written.</summary>
public enum MailCharset
{
    /// <summary>UTF-8.</summary>
    Utf8,

    /// <summary>ISO-2022-JP (RFC 1468); every character was found in JIS X 0208.</summary>
    Iso2022Jp,
}
