using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>
/// POST /v1/batches: one mail to many, each of whom gets a message of their own. In NDJSON the first line is this
/// without <see cref="Recipients"/>, and each further line is one recipient.
/// </summary>
public sealed record SendBatchRequest
{
    /// <summary>
    /// The mail, with the fields of a single one; subject, text and html are Liquid, filled with each recipient's data.
    /// </summary>
    public required SendMessageRequest Defaults { get; init; }

    /// <summary>At most 10,000 in JSON.</summary>
    public IReadOnlyList<BatchRecipientRequest>? Recipients { get; init; }

    /// <summary><c>partial</c> (take the good ones) or <c>all_or_nothing</c>; null: partial.</summary>
    public string? Mode { get; init; }

    /// <summary>How fast at most.</summary>
    public BatchPace? Pace { get; init; }

    /// <summary>When it begins; null: at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>When it rests.</summary>
    public ApiQuietHours? QuietHours { get; init; }
}

/// <summary>One recipient of a batch.</summary>
public sealed record BatchRecipientRequest
{
    /// <summary>Who gets it.</summary>
    public required ApiAddress To { get; init; }

    /// <summary>What fills the template: an object.</summary>
    public JsonElement? Data { get; init; }

    /// <summary>More metadata, over that of the mail.</summary>
    public IReadOnlyDictionary<string, string>? Metadata { get; init; }

    /// <summary>This recipient's own one-click address.</summary>
    public string? UnsubscribeUrl { get; init; }

    /// <summary>More header fields.</summary>
    public IReadOnlyDictionary<string, string>? Headers { get; init; }

    /// <summary>This recipient's own time.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>Your own name for this line.</summary>
    public string? Key { get; init; }
}

/// <summary>How fast a batch goes.</summary>
public sealed record BatchPace
{
    /// <summary>Recipients an hour at most; null: no limit.</summary>
    public long? PerHour { get; init; }
}

/// <summary>202: the batch is on stable storage.</summary>
/// <param name="Id"><c>bat_…</c></param>
/// <param name="Status"><c>queued</c> or <c>scheduled</c>.</param>
/// <param name="Accepted">Recipients taken.</param>
/// <param name="Rejected">Recipients not taken.</param>
/// <param name="Errors">Why not: the first 100.</param>
/// <param name="ErrorsUrl">Where all of them are.</param>
public sealed record SendBatchResponse(
    string Id, string Status, long Accepted, long Rejected, IReadOnlyList<BatchError> Errors, string ErrorsUrl)
{
    /// <summary>The same, under the name that the streamed form has.</summary>
    [JsonPropertyName("first_errors")]
    public IReadOnlyList<BatchError> FirstErrors => Errors;
}

/// <summary>Why one recipient was not taken.</summary>
/// <param name="Index">Its place, from 0.</param>
/// <param name="Pointer">Where in its line: RFC 6901.</param>
/// <param name="Code">A problem code.</param>
/// <param name="Detail">In a sentence.</param>
public sealed record BatchError(long Index, string Pointer, string Code, string Detail);

/// <summary>GET /v1/batches/{id}.</summary>
public sealed record BatchResponse
{
    /// <summary><c>bat_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Account { get; init; }

    /// <summary><c>scheduled, running, paused, cancelled, completed</c>.</summary>
    public required string Status { get; init; }

    /// <summary>Why it rests by itself; absent otherwise.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public string? Reason { get; init; }

    /// <summary>The stream it travels in.</summary>
    public required string Stream { get; init; }

    /// <summary>When it was handed in.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>When it begins; absent: at once.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>How fast at most.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public BatchPace? Pace { get; init; }

    /// <summary>Recipients taken.</summary>
    public required long Accepted { get; init; }

    /// <summary>Recipients not taken when it was handed in.</summary>
    public required long Rejected { get; init; }

    /// <summary>accepted = delivered + failed + expired + cancelled + suppressed + waiting.</summary>
    public required BatchCounts Counts { get; init; }

    /// <summary>Recipients a second, over the last seconds.</summary>
    public required double Rate { get; init; }

    /// <summary>Seconds to the end at this rate; absent where it cannot be said.</summary>
    [JsonIgnore(Condition = JsonIgnoreCondition.WhenWritingNull)]
    public long? EtaSeconds { get; init; }
}

/// <summary>The recipients of a batch, by state.</summary>
/// <param name="Waiting">Not finished: those not begun, and those in the queue.</param>
/// <param name="Pending">Those of them that are not begun.</param>
/// <param name="Delivered">Taken by the next host.</param>
/// <param name="Failed">Refused for good.</param>
/// <param name="Expired">Their lifetime was over.</param>
/// <param name="Cancelled">Cancelled.</param>
/// <param name="Suppressed">On a suppression list.</param>
public sealed record BatchCounts(
    long Waiting, long Pending, long Delivered, long Failed, long Expired, long Cancelled, long Suppressed);

/// <summary>One recipient of a batch as it stands.</summary>
/// <param name="Index">Its place.</param>
/// <param name="Email">Its address.</param>
/// <param name="MessageId"><c>msg_…</c></param>
/// <param name="Status"><c>pending, waiting, active, held, finished, cancelled</c>.</param>
public sealed record BatchRecipientResponse(long Index, string Email, string MessageId, string Status);

/// <summary>PATCH /v1/batches/{id}; what is absent stays.</summary>
public sealed record ChangeBatchRequest
{
    /// <summary>How fast at most from now on.</summary>
    public BatchPace? Pace { get; init; }

    /// <summary>When it begins, where it has not begun.</summary>
    public DateTimeOffset? SendAt { get; init; }
}

/// <summary>What pause, resume or cancel did.</summary>
/// <param name="Id"><c>bat_…</c></param>
/// <param name="Status">The status now.</param>
/// <param name="Changed">Recipients changed.</param>
/// <param name="Active">Recipients that an attempt has in hand: it goes on.</param>
public sealed record BatchChangeResponse(string Id, string Status, long Changed, long Active);

/// <summary>POST /v1/templates, PUT /v1/templates/{id}: a new version.</summary>
public sealed record TemplateRequest
{
    /// <summary>A name of its own in the account.</summary>
    public string? Name { get; init; }

    /// <summary>Liquid.</summary>
    public string? Subject { get; init; }

    /// <summary>Liquid.</summary>
    public string? Text { get; init; }

    /// <summary>Liquid; variables are escaped.</summary>
    public string? Html { get; init; }
}

/// <summary>One version of a template.</summary>
public sealed record TemplateResponse(
    string Id, string Name, int Version, string? Subject, string? Text, string? Html, DateTimeOffset CreatedAt);

/// <summary>POST /v1/templates/{id}/render.</summary>
public sealed record RenderRequest
{
    /// <summary>Which version; null: the newest.</summary>
    public int? Version { get; init; }

    /// <summary>What fills it.</summary>
    public JsonElement? Data { get; init; }
}

/// <summary>A template filled.</summary>
public sealed record RenderResponse(string? Subject, string? Text, string? Html);
