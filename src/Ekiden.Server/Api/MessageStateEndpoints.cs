using System.Collections.Immutable;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Spool;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>What an account may do to its own mail that waits: see it, cancel it, move it in time.</summary>
internal sealed class MessageStateEndpoints(IJournal journal, TimeProvider clock)
{
    private const int UsualPage = 50;
    private const int LargestPage = 1000;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/messages", Access.Handler(ListAsync)).ForKeysWith(KeyScopes.Read);
        routes.MapPost("/messages/{id}/cancel", CancelAsync).ForKeysWith(KeyScopes.Send);
        routes.MapPost("/messages/{id}/retry", RetryAsync).ForKeysWith(KeyScopes.Send);
        routes.MapPatch("/messages/{id}", RescheduleAsync).ForKeysWith(KeyScopes.Send);
    }

    // The newest first; the cursor is the last id of the page, so that arrivals do not move the next one.
    private async Task<IResult> ListAsync(HttpContext http)
    {
        var query = http.Request.Query;
        if (query.Keys.FirstOrDefault(key => key is not ("limit" or "cursor")) is { } unknown)
            return Problems.Invalid("/" + Sending.Pointer.Escape(unknown), "invalid_request", "An unknown parameter");
        var limit = UsualPage;
        if (query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, System.Globalization.CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > LargestPage))
        {
            return Problems.Invalid("/limit", "invalid_request", $"1 to {LargestPage}");
        }
        var before = UInt128.MaxValue;
        if (query["cursor"].ToString() is { Length: > 0 } cursor)
        {
            if (!MessageId.TryParse(cursor, out var last))
                return Problems.Invalid("/cursor", "invalid_request", "Not a cursor of this list");
            before = last.Value;
        }
        var ids = Newest(http.Caller(), before, limit + 1);
        var items = new List<MessageResponse>();
        foreach (var id in ids.Take(limit))
        {
            if (await DescribeAsync(new MessageId(id), http.RequestAborted) is { } item) items.Add(item);
        }
        var hasMore = ids.Count > limit;
        return Results.Json(
            new Page<MessageResponse>(
                items, hasMore ? new MessageId(ids[limit - 1]).ToString() : null, hasMore),
            ApiJson.Default.PageMessageResponse);
    }

    private List<UInt128> Newest(ApiCaller caller, UInt128 before, int most)
    {
        var newest = new SortedSet<UInt128>();
        journal.Index.Visit(recipient =>
        {
            var id = recipient.Message.Value;
            if (id >= before || (!caller.IsAdmin && recipient.Account != caller.Account)) return true;
            if (newest.Count < most || id > newest.Min) newest.Add(id);
            if (newest.Count > most) newest.Remove(newest.Min);
            return true;
        });
        return [.. newest.Reverse()];
    }

    private async Task<MessageResponse?> DescribeAsync(MessageId id, CancellationToken cancel)
    {
        var recipients = journal.Index.FindMessage(id);
        using var stored = await journal.OpenAsync(id, cancel);
        return stored is null ? null : MessageDescription.Of(journal, clock, stored.Message, recipients);
    }

    private Task<IResult> CancelAsync(HttpContext http, string id) =>
        ChangeAsync(http, id, QueueChange.Cancel, clock.GetUtcNow());

    private Task<IResult> RetryAsync(HttpContext http, string id) =>
        ChangeAsync(http, id, QueueChange.Reschedule, clock.GetUtcNow());

    private async Task<IResult> RescheduleAsync(HttpContext http, string id)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.RescheduleRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var now = clock.GetUtcNow();
        if (request.SendAt - now > TimeSpan.FromDays(30))
            return Problems.Invalid("/send_at", "invalid_request", "At most 30 days ahead");
        return await ChangeAsync(http, id, QueueChange.Reschedule, request.SendAt > now ? request.SendAt : now);
    }

    private async Task<IResult> ChangeAsync(HttpContext http, string id, QueueChange change, DateTimeOffset due)
    {
        var caller = http.Caller();
        if (!MessageId.TryParse(id, out var message)) return Problems.NotFound;
        var recipients = journal.Index.FindMessage(message);
        // Another account's message is not there: K-R5.
        if (recipients.IsEmpty || (!caller.IsAdmin && recipients[0].Account != caller.Account))
            return Problems.NotFound;
        var places = recipients.Where(recipient => IsChangeable(recipient.State, change))
            .Select(recipient => recipient.Recipient).ToImmutableArray();
        if (places.IsEmpty)
            return Problems.Of(409, "not_cancelable", "It is being sent right now, or nothing of it waits");
        await journal.CommitAsync(
            [new JournalEntry.Changed(message, clock.GetUtcNow(), change, places, due, caller.Name)],
            Durability.Flushed, http.RequestAborted);
        return Results.Json(
            new MessageChangeResponse(
                id, change == QueueChange.Cancel ? "cancelled" : "scheduled", places.Length,
                recipients.Count(recipient => recipient.State == RecipientState.InAttempt)),
            ApiJson.Default.MessageChangeResponse);
    }

    private static bool IsChangeable(RecipientState state, QueueChange change) => change == QueueChange.Cancel
        ? state is RecipientState.Waiting or RecipientState.Held
        : state == RecipientState.Waiting;
}
