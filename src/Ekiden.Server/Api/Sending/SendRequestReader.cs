using System.Collections.Immutable;
using System.Text;
using Ekiden.Contracts;
using Ekiden.Mail;
using Ekiden.Submission.Composition;

namespace Ekiden.Server.Api.Sending;

/// <summary>Turns a request to send into a mail, or says what is wrong with it: api.md §2.</summary>
internal sealed class SendRequestReader(SendMessageRequest request, DateTimeOffset now, FieldErrors errors)
{
    /// <summary>Recipients of one request.</summary>
    public const int MaximumRecipients = 50;

    private const int MaximumTags = 10;
    private const int LongestTag = 255;
    private const int LargestMetadata = 10 * 1024;
    private const int LargestSubject = 2_000;
    private const int MaximumHeaders = 100;
    private const int LargestHeader = 8 * 1024;

    private static readonly TimeSpan FurthestAhead = TimeSpan.FromDays(30);

    private readonly List<(Mailbox Address, string Pointer)> _recipients = [];

    /// <summary>The mail; null when something is wrong, which is in the errors then.</summary>
    public ReadMessage? Read()
    {
        if (request.To is not { Count: > 0 } && request.Cc is not { Count: > 0 } && request.Bcc is not { Count: > 0 })
            errors.Add("/to", "At least one recipient");
        var from = errors.ReadMailbox("/from", request.From);
        var parts = new MailParts(from ?? Nobody, ReadAll("/to", request.To, isRecipient: true), ReadSubject())
        {
            Cc = ReadAll("/cc", request.Cc, isRecipient: true),
            ReplyTo = ReadAll("/reply_to", request.ReplyTo, isRecipient: false),
            Sender = request.Sender is { } sender ? errors.ReadMailbox("/sender", sender) : null,
            Text = ReadText(),
            Html = ReadBody("/html", request.Html),
            Calendar = AttachmentReader.Read(request.Calendar, errors),
            Attachments = AttachmentReader.Read(request.Attachments, errors),
            Headers = ReadHeaders(),
        };
        ReadAll("/bcc", request.Bcc, isRecipient: true);
        if (_recipients.Count > MaximumRecipients)
        {
            errors.Add(
                "/to", "too_many_recipients", $"At most {MaximumRecipients} recipients; POST /v1/batches takes more");
        }
        var message = new ReadMessage(ReadCharset(parts), Distinct())
        {
            EnvelopeFrom = ReadEnvelope() ?? parts.From.Address,
            Stream = request.Stream,
            SendAt = ReadTime(),
            ExpiresIn = ReadLifetime(),
            Tags = ReadTags(),
            Metadata = ReadMetadata(),
            RequireTls = ReadTls(),
            IsSandbox = request.Sandbox == true,
        };
        CheckTracking();
        return errors.IsEmpty ? message : null;
    }

    private static NamedMailbox Nobody { get; } =
        Mailbox.TryParse("nobody@sandbox.invalid", out var nobody)
            ? new NamedMailbox(nobody, "")
            : throw new InvalidOperationException("The address is one");

    private string ReadSubject()
    {
        var subject = request.Subject ?? "";
        errors.CheckHeaderText("/subject", subject);
        if (subject.Length > LargestSubject) errors.Add("/subject", $"At most {LargestSubject} characters");
        return subject;
    }

    private string? ReadText()
    {
        if (request.Text is null && request.Html is null && request.Calendar is null)
            errors.Add("/text", "A mail needs text, html or a template");
        var text = ReadBody("/text", request.Text);
        return text is null && request.Html is { } html && request.AutoText != false
            ? PlainTextOfHtml.Make(html)
            : text;
    }

    private string? ReadBody(string pointer, string? body)
    {
        if (body is not null && body.Contains('\0', StringComparison.Ordinal)) errors.Add(pointer, "A NUL character");
        return body;
    }

    private ImmutableArray<NamedMailbox> ReadAll(
        string pointer, IReadOnlyList<ApiAddress>? addresses, bool isRecipient)
    {
        if (addresses is null) return [];
        var mailboxes = ImmutableArray.CreateBuilder<NamedMailbox>();
        for (var place = 0; place < addresses.Count; place++)
        {
            var own = $"{pointer}/{place}";
            if (errors.ReadMailbox(own, addresses[place]) is not { } mailbox) continue;
            mailboxes.Add(mailbox);
            if (isRecipient) _recipients.Add((mailbox.Address, own));
        }
        return mailboxes.DrainToImmutable();
    }

    // Somebody in To and Cc gets one mail.
    private ImmutableArray<(Mailbox Address, string Pointer)> Distinct() =>
        [.. _recipients.DistinctBy(recipient => recipient.Address)];

    private ImmutableArray<(string Name, string Value)> ReadHeaders()
    {
        var headers = ImmutableArray.CreateBuilder<(string, string)>();
        headers.AddRange(UnsubscribeReader.Read(request.Unsubscribe, errors));
        if (request.Headers is null) return headers.DrainToImmutable();
        if (request.Headers.Count > MaximumHeaders) errors.Add("/headers", $"At most {MaximumHeaders} fields");
        var names = new HashSet<string>(StringComparer.OrdinalIgnoreCase);
        foreach (var (name, value) in request.Headers)
        {
            var pointer = "/headers/" + Pointer.Escape(name);
            if (HeaderNames.Problem(name) is { } why) errors.Add(pointer, why);
            else if (!names.Add(name)) errors.Add(pointer, "The field stands twice");
            else if (value.Length > LargestHeader) errors.Add(pointer, $"At most {LargestHeader} characters");
            else if (errors.CheckHeaderText(pointer, value)) headers.Add((name, value));
        }
        return headers.DrainToImmutable();
    }

    private MailParts ReadCharset(MailParts parts)
    {
        if (request.CharsetFallback is not (null or "utf-8" or "replace" or "reject"))
            errors.Add("/charset_fallback", "utf-8, replace or reject");
        switch (request.Charset)
        {
            case null or "auto" or "utf-8":
                return parts;
            case Iso2022Jp.Name:
                return JapaneseParts.Convert(parts, request.CharsetFallback ?? "utf-8", errors);
            default:
                errors.Add("/charset", "auto, utf-8 or iso-2022-jp");
                return parts;
        }
    }

    private Mailbox? ReadEnvelope() =>
        request.Envelope?.From is { } from ? errors.ReadMailbox("/envelope/from", new ApiAddress(from))?.Address : null;

    private DateTimeOffset? ReadTime()
    {
        var at = request.SendAt;
        if (at - now > FurthestAhead) errors.Add("/send_at", "At most 30 days ahead");
        if (request.QuietHours is not { } hours) return at;
        return QuietHours.Apply(hours, at > now ? at.Value : now, errors, "/quiet_hours");
    }

    private TimeSpan? ReadLifetime()
    {
        if (request.ExpiresIn is not { } seconds) return null;
        if (seconds is >= 300 and <= 604_800) return TimeSpan.FromSeconds(seconds);
        errors.Add("/expires_in", "300 to 604800 seconds");
        return null;
    }

    private ImmutableArray<string> ReadTags()
    {
        var tags = request.Tags ?? [];
        if (tags.Count > MaximumTags) errors.Add("/tags", $"At most {MaximumTags} tags");
        for (var place = 0; place < tags.Count; place++)
        {
            if (tags[place].Length is 0 or > LongestTag)
                errors.Add($"/tags/{place}", $"1 to {LongestTag} characters");
            else errors.CheckHeaderText($"/tags/{place}", tags[place]);
        }
        return [.. tags];
    }

    private ImmutableDictionary<string, string> ReadMetadata()
    {
        if (request.Metadata is not { } metadata) return ImmutableDictionary<string, string>.Empty;
        if (metadata.Sum(pair => Encoding.UTF8.GetByteCount(pair.Key) + Encoding.UTF8.GetByteCount(pair.Value))
            > LargestMetadata)
        {
            errors.Add("/metadata", "At most 10 KB");
            return ImmutableDictionary<string, string>.Empty;
        }
        foreach (var (key, value) in metadata)
        {
            var pointer = "/metadata/" + Pointer.Escape(key);
            if (key.Length == 0) errors.Add(pointer, "A key is not empty");
            if (errors.CheckHeaderText(pointer, key)) errors.CheckHeaderText(pointer, value);
        }
        return metadata.ToImmutableDictionary(StringComparer.Ordinal);
    }

    private bool ReadTls()
    {
        if (request.Tls is not (null or "opportunistic" or "require")) errors.Add("/tls", "opportunistic or require");
        return request.Tls == "require";
    }

    private void CheckTracking()
    {
        const string NoHost = "There is no [links] host to count at";
        if (request.Tracking is { Opens: true }) errors.Add("/tracking/opens", NoHost);
        if (request.Tracking is { Clicks: true }) errors.Add("/tracking/clicks", NoHost);
    }
}
