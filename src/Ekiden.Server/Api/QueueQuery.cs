using System.Collections.Frozen;
using System.Globalization;
using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Which recipients of the queue somebody asks for: every condition that is set must hold.</summary>
internal sealed record QueueQuery
{
    // Ten years: more is a mistake.
    private const long LongestAge = 10L * 366 * 24 * 3600;

    private static readonly FrozenSet<string> Parameters = FrozenSet.Create(
        StringComparer.Ordinal,
        "id", "account", "stream", "domain", "recipient", "reason", "older_than_seconds", LimitParameter);

    /// <summary>The one parameter that is no condition: how many to list at most.</summary>
    public const string LimitParameter = "limit";

    public MessageId? Message { get; init; }

    public string? Account { get; init; }

    public string? Stream { get; init; }

    public string? Domain { get; init; }

    /// <summary>Compared with the address in the envelope, which only the message on disk knows.</summary>
    public Mailbox? Recipient { get; init; }

    public TimeSpan? OlderThan { get; init; }

    public DeferralReason? Reason { get; init; }

    /// <summary>
    /// Reads the conditions; when one cannot be read, its name as JSON writes it. For a change, no condition at all is
    /// wrong too, and named "": it must say whom it is about.
    /// </summary>
    public static (QueueQuery? Query, string Wrong) Read(QueueFilter filter, AccountDirectory directory)
    {
        var (message, address, reason) = (default(MessageId), default(Mailbox), default(DeferralReason));
        if (filter.Id is not null && !MessageId.TryParse(filter.Id, out message)) return (null, "id");
        if (filter.Recipient is not null && !Mailbox.TryParse(filter.Recipient, out address))
            return (null, "recipient");
        if (filter.Reason is not null && !TryReadReason(filter.Reason, out reason)) return (null, "reason");
        if (filter.OlderThanSeconds is < 0 or > LongestAge) return (null, "older_than_seconds");
        return (new QueueQuery
        {
            Message = filter.Id is null ? null : message,
            Account = filter.Account is { } account ? directory.Current.FindAccount(account)?.Id ?? account : null,
            Stream = filter.Stream,
            Domain = filter.Domain is { } domain && DomainName.TryNormalize(domain, out var name)
                ? name
                : filter.Domain,
            Recipient = address,
            OlderThan = filter.OlderThanSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Reason = filter.Reason is null ? null : reason,
        }, "");
    }

    /// <summary>As <see cref="Read(QueueFilter, AccountDirectory)"/>, for a change.</summary>
    public static (QueueQuery? Query, string Wrong) ReadForChange(QueueFilter filter, AccountDirectory directory) =>
        !filter.All && filter == new QueueFilter() ? (null, "") : Read(filter, directory);

    /// <summary>From a query string; unknown and repeated parameters are wrong as fields are.</summary>
    public static (QueueQuery? Query, string Wrong) Read(IQueryCollection query, AccountDirectory directory)
    {
        foreach (var (name, values) in query)
        {
            if (!Parameters.Contains(name) || values.Count != 1) return (null, name);
        }
        return Read(
            new QueueFilter
            {
                Id = Value(query, "id"),
                Account = Value(query, "account"),
                Stream = Value(query, "stream"),
                Domain = Value(query, "domain"),
                Recipient = Value(query, "recipient"),
                Reason = Value(query, "reason"),
                OlderThanSeconds = ReadSeconds(Value(query, "older_than_seconds")),
            },
            directory);
    }

    /// <summary>All conditions but the recipient's address, which <see cref="IsAddress"/> asks.</summary>
    public bool Matches(QueuedRecipient recipient, QueueIndex index, DateTimeOffset now) =>
        (Message is null || recipient.Message == Message)
        && (Account is null || recipient.Account == Account)
        && (Stream is null || recipient.Stream == Stream)
        && (Domain is null || index.DomainName(recipient.Domain) == Domain)
        && (Recipient is null || index.DomainName(recipient.Domain) == Recipient.Domain)
        && (OlderThan is null || Age(recipient, now) >= OlderThan)
        && (Reason is null || recipient.LastReason == Reason);

    /// <summary>The address is the one that is asked for, without regard to case.</summary>
    public bool IsAddress(Mailbox address) => Recipient is null || address.SuppressionKey == Recipient.SuppressionKey;

    /// <summary>A reason as the API writes it.</summary>
    public static string Word(DeferralReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    // The index rounds the time of acceptance up: what came just now is not from the future.
    private static TimeSpan Age(QueuedRecipient recipient, DateTimeOffset now) =>
        now > recipient.AcceptedAt ? now - recipient.AcceptedAt : TimeSpan.Zero;

    // Null when there is none, -1 (which is wrong) when it is no number.
    private static long? ReadSeconds(string? text)
    {
        if (text is null) return null;
        return long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) ? seconds : -1;
    }

    private static bool TryReadReason(string word, out DeferralReason reason)
    {
        foreach (var candidate in Enum.GetValues<DeferralReason>())
        {
            if (Word(candidate) != word) continue;
            reason = candidate;
            return true;
        }
        reason = default;
        return false;
    }

    private static string? Value(IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } text ? text : null;
}
