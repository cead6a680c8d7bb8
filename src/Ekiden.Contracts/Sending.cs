using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>POST /v1/messages: one mail in one request. api.md §2.</summary>
public sealed record SendMessageRequest
{
    /// <summary>Who writes it; the domain must be the account's.</summary>
    public required ApiAddress From { get; init; }

    /// <summary>
    /// One or more, at most 50 together with <see cref="Cc"/> and <see cref="Bcc"/>; all see To and Cc.
    /// </summary>
    [JsonConverter(typeof(AddressListConverter))]
    public IReadOnlyList<ApiAddress>? To { get; init; }

    /// <summary>Copies that all see.</summary>
    [JsonConverter(typeof(AddressListConverter))]
    public IReadOnlyList<ApiAddress>? Cc { get; init; }

    /// <summary>Copies that nobody sees.</summary>
    [JsonConverter(typeof(AddressListConverter))]
    public IReadOnlyList<ApiAddress>? Bcc { get; init; }

    /// <summary>Where answers go.</summary>
    [JsonConverter(typeof(AddressListConverter))]
    public IReadOnlyList<ApiAddress>? ReplyTo { get; init; }

    /// <summary>Who sends it for <see cref="From"/>.</summary>
    public ApiAddress? Sender { get; init; }

    /// <summary>Any Unicode but control characters; null is none.</summary>
    public string? Subject { get; init; }

    /// <summary>The body in plain text; any line ends.</summary>
    public string? Text { get; init; }

    /// <summary>The body in HTML.</summary>
    public string? Html { get; init; }

    /// <summary>Makes a plain text of <see cref="Html"/> when there is none; null: yes.</summary>
    public bool? AutoText { get; init; }

    /// <summary>Files, and images that the HTML shows.</summary>
    public IReadOnlyList<ApiAttachment>? Attachments { get; init; }

    /// <summary>A calendar object (RFC 5545), shown as an invitation.</summary>
    public ApiCalendar? Calendar { get; init; }

    /// <summary>More header fields; those that Ekiden writes itself are refused.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>A stored template instead of subject, text and html.</summary>
    public ApiTemplateUse? Template { get; init; }

    /// <summary>The stream it travels in; null: <c>transactional</c>.</summary>
    public string? Stream { get; init; }

    /// <summary>The first attempt is made at this time, at most 30 days ahead.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>Seconds until it is given up, 300 to 604,800; null: the stream's.</summary>
    public long? ExpiresIn { get; init; }

    /// <summary>When nothing is to arrive.</summary>
    public ApiQuietHours? QuietHours { get; init; }

    /// <summary>Labels for statistics: at most 10 of 255 characters.</summary>
    public IReadOnlyList<string>? Tags { get; init; }

    /// <summary>Your own words, returned in every event: at most 10 KB.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>How the recipient can say no.</summary>
    public ApiUnsubscribe? Unsubscribe { get; init; }

    /// <summary>Whether opens and clicks are counted; off unless asked for.</summary>
    public ApiTracking? Tracking { get; init; }

    /// <summary><c>auto</c> (UTF-8), <c>utf-8</c> or <c>iso-2022-jp</c>.</summary>
    public string? Charset { get; init; }

    /// <summary>
    /// What becomes of characters that <see cref="Charset"/> does not have: <c>utf-8</c>, <c>replace</c>,
    /// <c>reject</c>.
    /// </summary>
    public string? CharsetFallback { get; init; }

    /// <summary>The envelope where it differs from the header.</summary>
    public ApiEnvelope? Envelope { get; init; }

    /// <summary><c>opportunistic</c> or <c>require</c> (REQUIRETLS, RFC 8689).</summary>
    public string? Tls { get; init; }

    /// <summary>Everything is checked and reported; nothing leaves.</summary>
    public bool? Sandbox { get; init; }
}

/// <summary>A file in a mail.</summary>
public sealed record ApiAttachment
{
    /// <summary>Its name, without a path.</summary>
    public required string Filename { get; init; }

    /// <summary>Its bytes in base64.</summary>
    public required string Content { get; init; }

    /// <summary>Its media type; null: by the name.</summary>
    public string? ContentType { get; init; }

    /// <summary><c>attachment</c> or <c>inline</c>; null: inline when there is a <see cref="ContentId"/>.</summary>
    public string? Disposition { get; init; }

    /// <summary>The name by which HTML refers to it (<c>cid:</c>).</summary>
    public string? ContentId { get; init; }
}

/// <summary>A calendar object.</summary>
public sealed record ApiCalendar
{
    /// <summary>The iCalendar text.</summary>
    public required string Content { get; init; }

    /// <summary><c>REQUEST</c>, <c>CANCEL</c>, <c>REPLY</c> or <c>PUBLISH</c>; null: REQUEST.</summary>
    public string? Method { get; init; }
}

/// <summary>A stored template and what fills it.</summary>
public sealed record ApiTemplateUse
{
    /// <summary>Its id or name.</summary>
    public required string Id { get; init; }

    /// <summary>Which version; null: the newest.</summary>
    public int? Version { get; init; }

    /// <summary>The values of its variables.</summary>
    public JsonElement? Data { get; init; }
}

/// <summary>From when to when nothing is to arrive, by the clock of a time zone.</summary>
public sealed record ApiQuietHours
{
    /// <summary><c>HH:MM</c>.</summary>
    public required string Start { get; init; }

    /// <summary><c>HH:MM</c>; before <see cref="Start"/>: on the next day.</summary>
    public required string End { get; init; }

    /// <summary>An IANA name; null: Asia/Tokyo.</summary>
    public string? Timezone { get; init; }
}

/// <summary>List-Unsubscribe, List-Unsubscribe-Post (RFC 8058) and List-Id.</summary>
public sealed record ApiUnsubscribe
{
    /// <summary><c>hosted</c>, <c>url</c> or <c>none</c>; null: url when there is one.</summary>
    public string? Mode { get; init; }

    /// <summary>Your own https address that takes the one-click POST.</summary>
    public string? Url { get; init; }

    /// <summary>An address that takes the request as mail.</summary>
    public string? Mailto { get; init; }

    /// <summary>The list, such as <c>news.example.jp</c>.</summary>
    public string? ListId { get; init; }
}

/// <summary>What is counted.</summary>
public sealed record ApiTracking
{
    /// <summary>Opens.</summary>
    public bool Opens { get; init; }

    /// <summary>Clicks.</summary>
    public bool Clicks { get; init; }
}

/// <summary>The envelope where it differs from the header.</summary>
public sealed record ApiEnvelope
{
    /// <summary>The reverse-path; a domain of the account.</summary>
    public string? From { get; init; }
}

/// <summary>POST /v1/messages/raw with JSON: a finished message and where it goes.</summary>
public sealed record SendRawRequest
{
    /// <summary>From whom, to whom.</summary>
    public required RawEnvelope Envelope { get; init; }

    /// <summary>The message (RFC 5322) with CRLF line ends, as text or in base64.</summary>
    public required string Raw { get; init; }
}

/// <summary>The envelope of a finished message.</summary>
public sealed record RawEnvelope
{
    /// <summary>The reverse-path.</summary>
    public string? From { get; init; }

    /// <summary>One or more addresses.</summary>
    [JsonConverter(typeof(AddressListConverter))]
    public required IReadOnlyList<ApiAddress> To { get; init; }
}

/// <summary>202: the message is on stable storage.</summary>
public sealed record SendMessageResponse(
    string Id, string Status, string Stream, IReadOnlyList<SentRecipient> Recipients);

/// <summary>One recipient of a message just accepted.</summary>
/// <param name="Email">The address.</param>
/// <param name="Id"><c>rcp_…</c></param>
/// <param name="Status"><c>queued</c>, <c>scheduled</c>, <c>suppressed</c> or <c>rejected</c>.</param>
/// <param name="Reason">Why it is not queued; null when it is.</param>
public sealed record SentRecipient(
    string Email, string Id, string Status,
    [property: JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)] string? Reason = null);

/// <summary>What POST /v1/messages/validate found: nothing wrong.</summary>
/// <param name="Valid">Always true; what is wrong is a problem.</param>
/// <param name="Size">Bytes of the message.</param>
/// <param name="Stream">The stream it would travel in.</param>
public sealed record ValidateMessageResponse(bool Valid, long Size, string Stream);

/// <summary>PATCH /v1/messages/{id}.</summary>
public sealed record RescheduleRequest
{
    /// <summary>When it is to be sent.</summary>
    public required DateTimeOffset SendAt { get; init; }
}

/// <summary>What a change of a waiting message did.</summary>
/// <param name="Id"><c>msg_…</c></param>
/// <param name="Status"><c>cancelled</c> or <c>scheduled</c>.</param>
/// <param name="Changed">Recipients changed.</param>
/// <param name="Active">Recipients that an attempt has in hand: it goes on.</param>
public sealed record MessageChangeResponse(string Id, string Status, int Changed, int Active);
