using System.Collections.Immutable;
using Ekiden.Submission.Composition;

namespace Ekiden.Server.Api.Sending;

/// <summary>Decides whether a mail can be written in ISO-2022-JP, and what if not: japan.md §4 T3.</summary>
internal static class JapaneseParts
{
    /// <param name="fallback"><c>utf-8</c>, <c>replace</c> or <c>reject</c>.</param>
    public static MailParts Convert(MailParts parts, string fallback, FieldErrors errors)
    {
        string[] lacking =
            [.. Texts(parts).Where(text => !Iso2022Jp.CanEncode(text.Text)).Select(text => text.Pointer)];
        if (lacking.Length == 0) return parts with { Charset = MailCharset.Iso2022Jp };
        switch (fallback)
        {
            case "reject":
                foreach (var pointer in lacking) errors.Add(pointer, "A character is not in ISO-2022-JP");
                return parts;
            case "replace":
                return Replace(parts) with { Charset = MailCharset.Iso2022Jp };
            default:
                return parts;
        }
    }

    private static IEnumerable<(string Pointer, string Text)> Texts(MailParts parts)
    {
        yield return ("/subject", parts.Subject);
        if (parts.Text is { } text) yield return ("/text", text);
        if (parts.Html is { } html) yield return ("/html", html);
        yield return ("/from", parts.From.Name);
        if (parts.Sender is { } sender) yield return ("/sender", sender.Name);
        foreach (var (pointer, mailboxes) in
            new[] { ("/to", parts.To), ("/cc", parts.Cc), ("/reply_to", parts.ReplyTo) })
        {
            for (var place = 0; place < mailboxes.Length; place++)
                yield return ($"{pointer}/{place}", mailboxes[place].Name);
        }
        foreach (var (name, value) in parts.Headers) yield return ("/headers/" + Pointer.Escape(name), value);
    }

    private static MailParts Replace(MailParts parts) => parts with
    {
        Subject = Iso2022Jp.Replace(parts.Subject),
        Text = parts.Text is { } text ? Iso2022Jp.Replace(text) : null,
        Html = parts.Html is { } html ? Iso2022Jp.Replace(html) : null,
        From = Replace(parts.From),
        Sender = parts.Sender is { } sender ? Replace(sender) : null,
        To = Replace(parts.To),
        Cc = Replace(parts.Cc),
        ReplyTo = Replace(parts.ReplyTo),
        Headers = [.. parts.Headers.Select(header => (header.Name, Iso2022Jp.Replace(header.Value)))],
    };

    private static ImmutableArray<NamedMailbox> Replace(ImmutableArray<NamedMailbox> mailboxes) =>
        [.. mailboxes.Select(Replace)];

    private static NamedMailbox Replace(NamedMailbox mailbox) =>
        mailbox with { Name = Iso2022Jp.Replace(mailbox.Name) };
}
