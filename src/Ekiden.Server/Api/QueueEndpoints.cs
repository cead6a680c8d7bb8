using System.Collections.Immutable;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>The queue as the operator sees it and changes it.</summary>
internal sealed class QueueEndpoints(IJournal journal, AccountDirectory directory, TimeProvider clock)
{
    private const int DefaultPage = 50;
    private const int LargestPage = 1000;

    private static readonly (string Word, QueueChange Change)[] Changes =
    [
        ("hold", QueueChange.Hold), ("release", QueueChange.Release), ("retry", QueueChange.Reschedule),
        ("cancel", QueueChange.Cancel),
    ];

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/queue/summary", Summarize).ForAdmins();
        routes.MapGet("/queue", Access.Handler(ListAsync)).ForAdmins();
        routes.MapGet("/messages/{id}", ShowAsync).ForKeysWith(KeyScopes.Read);
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
        if (QueueQuery.Read(query, directory) is not { } filter)
            return Problems.Invalid("", "invalid_request", "A query parameter cannot be read");
        var limit = int.TryParse(query["limit"], out var asked) ? Math.Clamp(asked, 1, LargestPage) : DefaultPage;
        var found = new List<QueuedRecipient>();
        var isMore = false;
        journal.Index.Visit(recipient =>
        {
            if (!filter.Matches(recipient, journal.Index, clock.GetUtcNow())) return true;
            isMore = found.Count == limit;
            if (!isMore) found.Add(recipient);
            return !isMore;
        });
        var items = await DescribeAsync(found, filter, http.RequestAborted);
        return Results.Json(
            new Page<QueuedRecipientResponse>(items, null, isMore), ApiJson.Default.PageQueuedRecipientResponse);
    }

    private async Task<IResult> ShowAsync(HttpContext http, string id)
    {
        if (!MessageId.TryParse(id, out var message)) return Problems.NotFound;
        var recipients = journal.Index.FindMessage(message);
        if (recipients.IsEmpty) return Problems.NotFound;
        using var stored = await journal.OpenAsync(message, http.RequestAborted);
        var caller = http.Caller();
        if (stored is null || (!caller.IsAdmin && caller.Account != stored.Message.Account)) return Problems.NotFound;
        var accepted = stored.Message;
        return Results.Json(
            new MessageResponse(
                id, accepted.Account, accepted.Stream, accepted.Envelope.Sender?.ToString(), accepted.AcceptedAt,
                accepted.ExpiresAt, [.. recipients.Select(recipient => Describe(recipient, accepted))]),
            ApiJson.Default.MessageResponse);
    }

    private async Task<IResult> ChangeAsync(HttpContext http, QueueChange change)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.QueueChangeRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (QueueQuery.From(request.Filter, directory) is not { } filter)
        {
            return Problems.Invalid("/filter", "invalid_request",
                "Say which recipients: all, or at least one condition");
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
        foreach (var (message, recipients) in matched)
        {
            ImmutableArray<int> places = [.. recipients.Select(recipient => recipient.Recipient)];
            await journal.CommitAsync(
                [new JournalEntry.Changed(message, now, change, places, now, http.Caller().Name)], Durability.Soon,
                http.RequestAborted);
        }
    }

    // The address is on disk with the message: only messages that passed all other conditions are opened.
    private async Task KeepByAddressAsync(
        Dictionary<MessageId, List<QueuedRecipient>> matched, QueueQuery filter, CancellationToken cancel)
    {
        if (filter.Recipient is null) return;
        foreach (var (message, recipients) in matched)
        {
            using var stored = await journal.OpenAsync(message, cancel);
            recipients.RemoveAll(recipient => stored is null
                || !filter.IsAddress(AddressOf(recipient, stored.Message)));
            if (recipients.Count == 0) matched.Remove(message);
        }
    }

    private async Task<List<QueuedRecipientResponse>> DescribeAsync(
        List<QueuedRecipient> found, QueueQuery filter, CancellationToken cancel)
    {
        var items = new List<QueuedRecipientResponse>(found.Count);
        foreach (var recipient in found)
        {
            using var stored = await journal.OpenAsync(recipient.Message, cancel);
            if (stored is null) continue; // finished meanwhile
            if (filter.Recipient is null || filter.IsAddress(AddressOf(recipient, stored.Message)))
                items.Add(Describe(recipient, stored.Message));
        }
        return items;
    }

    private QueuedRecipientResponse Describe(QueuedRecipient recipient, AcceptedMessage message) => new()
    {
        Id = message.Id.Recipient(recipient.Recipient).ToString(),
        MessageId = message.Id.ToString(),
        Recipient = AddressOf(recipient, message).ToString(),
        Domain = AddressOf(recipient, message).Domain,
        State = recipient.State switch
        {
            RecipientState.InAttempt => "active",
            RecipientState.Held => "held",
            _ => recipient.Attempts > 0 ? "deferred" : "waiting",
        },
        Due = recipient.Due,
        Attempts = recipient.Attempts,
        LastReason = recipient.LastReason is { } reason ? QueueQuery.Word(reason) : null,
        Account = message.Account,
        Stream = message.Stream,
        AgeSeconds = (long)(clock.GetUtcNow() - message.AcceptedAt).TotalSeconds,
    };

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
