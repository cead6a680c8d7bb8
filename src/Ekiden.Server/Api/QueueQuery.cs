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
    public MessageId? Message { get; init; }

    public string? Account { get; init; }

    public string? Stream { get; init; }

    public string? Domain { get; init; }

    /// <summary>Compared with the address in the envelope, which only the message on disk knows.</summary>
    public Mailbox? Recipient { get; init; }

    public TimeSpan? OlderThan { get; init; }

    public DeferralReason? Reason { get; init; }

    /// <summary>A change must say whom it is about; null when it says nothing, or something unreadable.</summary>
    public static QueueQuery? From(QueueFilter filter, AccountDirectory directory)
    {
        var isEmpty = filter is
        {
            Id: null, Account: null, Stream: null, Domain: null, Recipient: null, OlderThanSeconds: null, Reason: null,
        };
        return isEmpty && !filter.All ? null : Read(filter, directory);
    }

    /// <summary>From a query string; null when a value cannot be read.</summary>
    public static QueueQuery? Read(IQueryCollection query, AccountDirectory directory) => Read(
        new QueueFilter
        {
            Id = Value(query, "id"),
            Account = Value(query, "account"),
            Stream = Value(query, "stream"),
            Domain = Value(query, "domain"),
            Recipient = Value(query, "recipient"),
            Reason = Value(query, "reason"),
            OlderThanSeconds = Value(query, "older_than_seconds") is { } text
                ? long.TryParse(text, out var seconds) ? seconds : -1
                : null,
        },
        directory);

    /// <summary>All conditions but the recipient's address, which <see cref="IsAddress"/> asks.</summary>
    public bool Matches(QueuedRecipient recipient, QueueIndex index, DateTimeOffset now) =>
        (Message is null || recipient.Message == Message)
        && (Account is null || recipient.Account == Account)
        && (Stream is null || recipient.Stream == Stream)
        && (Domain is null || index.DomainName(recipient.Domain) == Domain)
        && (Recipient is null || index.DomainName(recipient.Domain) == Recipient.Domain)
        && (OlderThan is null || now - recipient.AcceptedAt >= OlderThan)
        && (Reason is null || recipient.LastReason == Reason);

    /// <summary>The address is the one that is asked for, without regard to case.</summary>
    public bool IsAddress(Mailbox address) => Recipient is null || address.SuppressionKey == Recipient.SuppressionKey;

    /// <summary>A reason as the API writes it.</summary>
    public static string Word(DeferralReason reason) => JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString());

    private static QueueQuery? Read(QueueFilter filter, AccountDirectory directory)
    {
        var message = default(MessageId);
        if (filter.Id is not null && !MessageId.TryParse(filter.Id, out message)) return null;
        Mailbox? address = null;
        if (filter.Recipient is not null && !Mailbox.TryParse(filter.Recipient, out address)) return null;
        var reasons = Enum.GetValues<DeferralReason>().Where(reason => Word(reason) == filter.Reason).ToArray();
        if (filter.Reason is not null && reasons.Length == 0) return null;
        if (filter.OlderThanSeconds < 0) return null;
        return new QueueQuery
        {
            Message = filter.Id is null ? null : message,
            Account = filter.Account is { } account ? directory.Current.FindAccount(account)?.Id ?? account : null,
            Stream = filter.Stream,
            Domain = filter.Domain is { } domain && DomainName.TryNormalize(domain, out var name) ? name
                : filter.Domain,
            Recipient = address,
            OlderThan = filter.OlderThanSeconds is { } seconds ? TimeSpan.FromSeconds(seconds) : null,
            Reason = filter.Reason is null ? null : reasons[0],
        };
    }

    private static string? Value(IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } text ? text : null;
}
