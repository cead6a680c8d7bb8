using System.Collections.Immutable;
using System.Globalization;
using Ekiden.Contracts;
using Ekiden.Delivery;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>The queue as the operator sees it and changes it.</summary>
/// <param name="journal">Where the queue is, and where changes go.</param>
/// <param name="directory">Whose accounts they are.</param>
/// <param name="clock">The time.</param>
/// <param name="delivery">Says why mail waits; a retry ends the rest of servers.</param>
internal sealed class QueueEndpoints(
    IJournal journal, AccountDirectory directory, TimeProvider clock, DeliveryService delivery)
{
    private const int DefaultPage = 50;
    private const int LargestPage = 1000;
    private const int MessagesPerCommit = 64;

    private static readonly (string Word, QueueChange Change)[] Changes =
    [
        ("hold", QueueChange.Hold), ("release", QueueChange.Release), ("retry", QueueChange.Reschedule),
        ("cancel", QueueChange.Cancel),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/queue/summary", Summarize).ForAdmins();
        routes.MapGet("/queue", Access.Handler(ListAsync)).ForAdmins();
        routes.MapGet("/messages/{id}", ShowAsync).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        foreach (var (word, change) in Changes)
            routes.MapPost("/queue/" + word, Access.Handler(http => ChangeAsync(http, change))).ForAdmins();
    }

    private IResult Summarize()
    {
        var now = journal.Index.Summarize();
        return Results.Json(
            new Contracts.QueueSummary(
                now.Accounting.Waiting, now.Accounting.InAttempt, now.Deferred, now.Accounting.Held,
                (long)now.OldestAge.TotalSeconds, ToLong(now.ByStream), ToLong(now.ByDomain)),
            ApiJson.Default.QueueSummary);
    }

    private async Task<IResult> ListAsync(HttpContext http)
    {
        var query = http.Request.Query;
        var (filter, wrong) = QueueQuery.Read(query, directory);
        if (filter is null)
            return Problems.Invalid("/" + wrong, "invalid_request", $"{wrong} is unknown or unreadable");
        if (!TryReadLimit(query, out var limit))
            return Problems.Invalid("/limit", "invalid_request", $"1 to {LargestPage}");
        // An address is known only when its message was opened: the page is cut after that.
        var isCutHere = filter.Recipient is null;
        var found = Find(filter, isCutHere ? limit + 1 : int.MaxValue);
        var items = await DescribeAsync(found, filter, limit + 1, http.RequestAborted);
        var isMore = items.Count > limit || (isCutHere && found.Count > limit);
        if (items.Count > limit) items.RemoveAt(limit);
        return Results.Json(
            new Page<QueuedRecipientResponse>(items, null, isMore), ApiJson.Default.PageQueuedRecipientResponse);
    }

    private static bool TryReadLimit(IQueryCollection query, out int limit)
    {
        limit = DefaultPage;
        if (query[QueueQuery.LimitParameter].ToString() is not { Length: > 0 } text) return true;
        return int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
            && limit is > 0 and <= LargestPage;
    }

    private List<QueuedRecipient> Find(QueueQuery filter, int most)
    {
        var found = new List<QueuedRecipient>();
        var now = clock.GetUtcNow();
        journal.Index.Visit(recipient =>
        {
            if (filter.Matches(recipient, journal.Index, now)) found.Add(recipient);
            return found.Count < most;
        });
        return found;
    }

    private async Task<IResult> ShowAsync(HttpContext http, string id)
    {
        if (!MessageId.TryParse(id, out var message)) return Problems.NotFound;
        var recipients = journal.Index.FindMessage(message);
        if (recipients.IsEmpty) return Problems.NotFound;
        using var stored = await journal.OpenAsync(message, http.RequestAborted);
        var caller = http.Caller();
        if (stored is null || (!caller.IsAdmin && caller.Account != stored.Message.Account)) return Problems.NotFound;
        return Results.Json(
            Explain(MessageDescription.Of(journal, clock, stored.Message, recipients), stored.Message, recipients),
            ApiJson.Default.MessageResponse);
    }

    private async Task<IResult> ChangeAsync(HttpContext http, QueueChange change)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.QueueChangeRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var (filter, wrong) = QueueQuery.ReadForChange(request.Filter, directory);
        if (filter is null)
        {
            return wrong.Length > 0
                ? Problems.Invalid("/filter/" + wrong, "invalid_request", $"{wrong} cannot be read")
                : Problems.Invalid("/filter", "invalid_request", "Say whom: all, or at least one condition");
        }
        var matched = new Dictionary<MessageId, List<QueuedRecipient>>();
        var now = clock.GetUtcNow();
        journal.Index.Visit(recipient =>
        {
            if (!IsChangeable(recipient.State, change) || !filter.Matches(recipient, journal.Index, now)) return true;
            if (!matched.TryGetValue(recipient.Message, out var list)) matched[recipient.Message] = list = [];
            list.Add(recipient);
            return true;
        });
        await KeepByAddressAsync(matched, filter, http.RequestAborted);
        var count = matched.Values.Sum(list => (long)list.Count);
        if (!request.DryRun) await CommitAsync(matched, change, http);
        return Results.Json(
            new QueueChangeResponse(count, request.DryRun ? 0 : count, request.DryRun),
            ApiJson.Default.QueueChangeResponse);
    }

    private async Task CommitAsync(
        Dictionary<MessageId, List<QueuedRecipient>> matched, QueueChange change, HttpContext http)
    {
        var now = clock.GetUtcNow();
        var who = http.Caller().Name;
        foreach (var batch in matched.Chunk(MessagesPerCommit))
        {
            ImmutableArray<JournalEntry> entries =
            [
                .. batch.Select(message => new JournalEntry.Changed(
                    message.Key, now, change, [.. message.Value.Select(recipient => recipient.Recipient)], now, who)),
            ];
            await journal.CommitAsync(entries, Durability.Soon, http.RequestAborted);
        }
        if (change == QueueChange.Reschedule) delivery.AskAgain(DomainsOf(matched.Values));
    }

    private HashSet<string> DomainsOf(IEnumerable<List<QueuedRecipient>> matched)
    {
        var ids = new HashSet<int>();
        foreach (var recipients in matched)
            foreach (var recipient in recipients) ids.Add(recipient.Domain);
        return [.. ids.Select(journal.Index.DomainName)];
    }

    // The address is on disk with the message: only messages that passed all other conditions are opened.
    private async Task KeepByAddressAsync(
        Dictionary<MessageId, List<QueuedRecipient>> matched, QueueQuery filter, CancellationToken cancel)
    {
        if (filter.Recipient is null) return;
        foreach (var (message, recipients) in matched)
        {
            using var stored = await journal.OpenAsync(message, cancel);
            recipients.RemoveAll(recipient =>
                stored is null || !filter.IsAddress(AddressOf(recipient, stored.Message)));
            if (recipients.Count == 0) matched.Remove(message);
        }
    }

    private async Task<List<QueuedRecipientResponse>> DescribeAsync(
        List<QueuedRecipient> found, QueueQuery filter, int most, CancellationToken cancel)
    {
        var items = new List<QueuedRecipientResponse>();
        foreach (var recipient in found)
        {
            if (items.Count == most) break;
            using var stored = await journal.OpenAsync(recipient.Message, cancel);
            if (stored is null) continue; // finished meanwhile
            if (filter.IsAddress(AddressOf(recipient, stored.Message)))
                items.Add(MessageDescription.Of(journal, clock, stored.Message, recipient));
        }
        return items;
    }

    // What holds each recipient back, and until when (delivery.md Q7).
    private MessageResponse Explain(
        MessageResponse response, AcceptedMessage message, ImmutableArray<QueuedRecipient> recipients) => response with
        {
            Recipients =
            [
                .. response.Recipients.Zip(
                    recipients, (shown, to) => shown with { Wait = Explain(to, message, shown.LastReply) }),
            ],
        };

    private WaitResponse? Explain(in QueuedRecipient recipient, AcceptedMessage message, string? lastReply)
    {
        if (recipient.State == RecipientState.Held) return new WaitResponse("held", null, null, "held in the queue");
        if (recipient.State == RecipientState.InAttempt) return new WaitResponse("active", null, null, "");
        if (recipient.State != RecipientState.Waiting) return null;
        // One that is due since its acceptance is due now, although the index rounds up.
        if (recipient.Due > clock.GetUtcNow() && recipient.Due != recipient.AcceptedAt)
        {
            return new WaitResponse(
                recipient.Attempts > 0 ? "retry" : "scheduled", null, recipient.Due, lastReply ?? "");
        }
        var domain = journal.Index.DomainName(recipient.Domain);
        var sender = message.Envelope.Sender?.Domain ?? "";
        return delivery.Explain(domain, message.Stream, message.Account, sender) is { } wait
            ? LaneEndpoints.ToResponse(wait)
            : new WaitResponse("route", null, null, "the route is being looked for");
    }

    private static Mailbox AddressOf(QueuedRecipient recipient, AcceptedMessage message) =>
        message.Envelope.Recipients[recipient.Recipient].Address;

    private static bool IsChangeable(RecipientState state, QueueChange change) => change switch
    {
        QueueChange.Release => state == RecipientState.Held,
        QueueChange.Hold or QueueChange.Reschedule => state == RecipientState.Waiting,
        _ => state is RecipientState.Waiting or RecipientState.Held,
    };

    private static Dictionary<string, long> ToLong(IReadOnlyDictionary<string, int> counts) =>
        counts.ToDictionary(pair => pair.Key, pair => (long)pair.Value, StringComparer.Ordinal);
}
