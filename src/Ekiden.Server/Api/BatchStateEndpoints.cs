using System.Globalization;
using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Server.Batches;
using Ekiden.Spool;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>How batches stand, and what may be done to them: pause, resume, cancel, another pace.</summary>
internal sealed class BatchStateEndpoints(BatchStore store, BatchFeeder feeder, IJournal journal, TimeProvider clock)
{
    private const int UsualPage = 50;
    private const int LargestPage = 1000;
    private const int MessagesPerCommit = 256;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/batches", List).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        routes.MapGet("/batches/{batch}", Show).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        routes.MapGet("/batches/{batch}/errors", ListErrorsAsync).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        routes.MapGet("/batches/{batch}/recipients", ListRecipientsAsync).ForKeysWith(KeyScopes.Read);
        routes.MapPost("/batches/{batch}/pause", PauseAsync).ForKeysWith(KeyScopes.Send);
        routes.MapPost("/batches/{batch}/resume", ResumeAsync).ForKeysWith(KeyScopes.Send);
        routes.MapPost("/batches/{batch}/cancel", CancelAsync).ForKeysWith(KeyScopes.Send);
        routes.MapPatch("/batches/{batch}", ChangeAsync).ForKeysWith(KeyScopes.Send);
    }

    private IResult List(HttpContext http)
    {
        var caller = http.Caller();
        var all = store.All.Where(batch => caller.IsAdmin || batch.Record.Account == caller.Account).ToArray();
        var page = all.Take(LargestPage).Select(Describe).ToArray();
        return Results.Json(
            new Page<BatchResponse>(page, null, all.Length > page.Length), ApiJson.Default.PageBatchResponse);
    }

    private IResult Show(HttpContext http, string batch) => Find(http, batch) is { } found
        ? Results.Json(Describe(found), ApiJson.Default.BatchResponse)
        : Problems.NotFound;

    private async Task<IResult> ListErrorsAsync(HttpContext http, string batch)
    {
        if (Find(http, batch) is not { } found) return Problems.NotFound;
        if (ReadPage(http) is not var (from, limit)) return WrongPage;
        var errors = new List<BatchError>();
        await using var lines = BatchLines.OpenFile(found.Directory, BatchLines.ErrorsFile);
        for (var line = 0L; errors.Count <= limit; line++)
        {
            if (await lines.ReadAsync(http.RequestAborted) is not { } text) break;
            if (line < from) continue;
            if (JsonSerializer.Deserialize(text, ApiJson.Default.BatchError) is { } error) errors.Add(error);
        }
        return Page(errors, from, limit, ApiJson.Default.PageBatchError);
    }

    private async Task<IResult> ListRecipientsAsync(HttpContext http, string batch)
    {
        if (Find(http, batch) is not { } found) return Problems.NotFound;
        if (ReadPage(http) is not var (from, limit)) return WrongPage;
        var status = http.Request.Query["status"].ToString();
        var fed = found.State.Fed ?? Math.Max(
            journal.Index.ProgressOf(found.Id).Accepted, found.State.Final is null ? 0 : found.Record.Accepted);
        var recipients = new List<BatchRecipientResponse>();
        await using var lines = BatchLines.OpenFile(found.Directory, BatchLines.RecipientsFile);
        for (var line = 0L; recipients.Count <= limit; line++)
        {
            if (await lines.ReadAsync(http.RequestAborted) is not { } text) break;
            if (line < from) continue;
            if (JsonSerializer.Deserialize(text, ApiJson.Default.BatchRecipientRequest) is not { } recipient) continue;
            var one = new BatchRecipientResponse(
                line, recipient.To.Email, found.MessageOf(line).ToString(), Word(found, line, fed));
            if (status.Length == 0 || status == one.Status) recipients.Add(one);
        }
        // With a status the next page begins behind the last one shown, not behind so many lines.
        var next = status.Length > 0 && recipients.Count > limit ? recipients[limit - 1].Index + 1 - limit : from;
        return Page(recipients, next, limit, ApiJson.Default.PageBatchRecipientResponse);
    }

    private string Word(Batch batch, long line, long fed)
    {
        if (line >= fed) return batch.State.Status == BatchStatus.Cancelled ? "cancelled" : "pending";
        var found = journal.Index.FindMessage(batch.MessageOf(line));
        return found.IsEmpty ? "finished" : found[0].State switch
        {
            RecipientState.InAttempt => "active",
            RecipientState.Held => "held",
            RecipientState.Waiting => "waiting",
            _ => "finished",
        };
    }

    private Task<IResult> PauseAsync(HttpContext http, string batch) => SetAsync(
        http, batch, state => state.Status == BatchStatus.Running
            ? state with { Status = BatchStatus.Paused }
            : null, QueueChange.Hold);

    private Task<IResult> ResumeAsync(HttpContext http, string batch) => SetAsync(
        http, batch, state => state.Status == BatchStatus.Paused
            ? state with { Status = BatchStatus.Running, Reason = null }
            : null, QueueChange.Release);

    private async Task<IResult> CancelAsync(HttpContext http, string batch)
    {
        if (Find(http, batch) is not { } found) return Problems.NotFound;
        return await feeder.WhileStillAsync(found, async () =>
        {
            var fed = journal.Index.ProgressOf(found.Id).Accepted;
            var changed = store.Change(found, state => state.Status is BatchStatus.Running or BatchStatus.Paused
                ? state with { Status = BatchStatus.Cancelled, Fed = fed, Reason = null }
                : null);
            if (changed is null) return NotNow;
            var (inQueue, active) = await ChangeWaitingAsync(found, QueueChange.Cancel, http);
            return Answer(found, found.Record.Accepted - fed + inQueue, active);
        }, http.RequestAborted);
    }

    private async Task<IResult> SetAsync(
        HttpContext http, string batch, Func<BatchState, BatchState?> change, QueueChange ofWaiting)
    {
        if (Find(http, batch) is not { } found) return Problems.NotFound;
        return await feeder.WhileStillAsync(found, async () =>
        {
            if (store.Change(found, change) is null) return NotNow;
            var (changed, active) = await ChangeWaitingAsync(found, ofWaiting, http);
            return Answer(found, changed, active);
        }, http.RequestAborted);
    }

    private async Task<IResult> ChangeAsync(HttpContext http, string batch)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.ChangeBatchRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (Find(http, batch) is not { } found) return Problems.NotFound;
        if (request.Pace is { PerHour: <= 0 })
            return Problems.Invalid("/pace/per_hour", "invalid_request", "More than 0, or absent for no limit");
        if (request.SendAt - clock.GetUtcNow() > TimeSpan.FromDays(30))
            return Problems.Invalid("/send_at", "invalid_request", "At most 30 days ahead");
        store.Change(found, state => state with
        {
            PerHour = request.Pace is { } pace ? pace.PerHour : state.PerHour,
            SendAt = request.SendAt ?? state.SendAt,
        });
        return Results.Json(Describe(found), ApiJson.Default.BatchResponse);
    }

    // Messages of the batch that wait in the queue already.
    private async Task<(long Changed, long Active)> ChangeWaitingAsync(
        Batch batch, QueueChange change, HttpContext http)
    {
        var waiting = new List<QueuedRecipient>();
        var active = 0L;
        journal.Index.Visit(recipient =>
        {
            if (recipient.Batch != batch.Id) return true;
            if (recipient.State == RecipientState.InAttempt) active++;
            else if (IsChangeable(recipient.State, change)) waiting.Add(recipient);
            return true;
        });
        var now = clock.GetUtcNow();
        foreach (var some in waiting.Chunk(MessagesPerCommit))
        {
            await journal.CommitAsync(
                [
                    .. some.Select(recipient => new JournalEntry.Changed(
                        recipient.Message, now, change, [recipient.Recipient], now, http.Caller().Name)),
                ], Durability.Flushed, CancellationToken.None);
        }
        return (waiting.Count, active);
    }

    private static bool IsChangeable(RecipientState state, QueueChange change) => change switch
    {
        QueueChange.Hold => state == RecipientState.Waiting,
        QueueChange.Release => state == RecipientState.Held,
        _ => state is RecipientState.Waiting or RecipientState.Held,
    };

    private Batch? Find(HttpContext http, string text)
    {
        var caller = http.Caller();
        return BatchId.TryParse(text, out var id) && store.Find(id) is { } batch
            && (caller.IsAdmin || batch.Record.Account == caller.Account)
            ? batch
            : null;
    }

    private BatchResponse Describe(Batch batch)
    {
        var (record, state) = (batch.Record, batch.State);
        var progress = journal.Index.ProgressOf(batch.Id);
        var pending = state.Fed is null ? record.Accepted - progress.Accepted : 0;
        var counts = state.Final ?? new BatchCounts(
            pending + progress.Waiting, pending, progress.Delivered, progress.Failed, progress.Expired,
            progress.Cancelled + (record.Accepted - (state.Fed ?? record.Accepted)), progress.Suppressed);
        var rate = feeder.RateOf(batch.Id);
        return new BatchResponse
        {
            Id = record.Id,
            Account = record.Account,
            Status = state.Status == BatchStatus.Running && state.SendAt > clock.GetUtcNow()
                ? "scheduled"
                : state.Status.ToString().ToLowerInvariant(),
            Reason = state.Reason,
            Stream = record.Defaults.Stream ?? "bulk",
            CreatedAt = record.CreatedAt,
            SendAt = state.SendAt,
            Pace = state.PerHour is { } perHour ? new BatchPace { PerHour = perHour } : null,
            Accepted = record.Accepted,
            Rejected = record.Rejected,
            Counts = counts,
            Rate = Math.Round(rate, 1),
            EtaSeconds = rate > 0 && counts.Waiting > 0 ? (long)Math.Ceiling(counts.Waiting / rate) : null,
        };
    }

    private IResult Answer(Batch batch, long changed, long active) => Results.Json(
        new BatchChangeResponse(batch.Record.Id, Describe(batch).Status, changed, active),
        ApiJson.Default.BatchChangeResponse);

    private static IResult NotNow { get; } =
        Problems.Of(409, "not_cancelable", "The batch is not in a state for that: it is over, or is so already");

    private static IResult WrongPage { get; } =
        Problems.Invalid("/limit", "invalid_request", $"limit is 1 to {LargestPage}, cursor the one of the last page");

    private static (long From, int Limit)? ReadPage(HttpContext http)
    {
        var (limit, from) = (UsualPage, 0L);
        if (http.Request.Query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > LargestPage))
        {
            return null;
        }
        return http.Request.Query["cursor"].ToString() is not { Length: > 0 } cursor
            || long.TryParse(cursor, NumberStyles.None, CultureInfo.InvariantCulture, out from)
            ? (from, limit)
            : null;
    }

    private static IResult Page<T>(
        List<T> items, long from, int limit, System.Text.Json.Serialization.Metadata.JsonTypeInfo<Page<T>> type)
    {
        var hasMore = items.Count > limit;
        return Results.Json(
            new Page<T>(
                [.. items.Take(limit)],
                hasMore ? (from + limit).ToString(CultureInfo.InvariantCulture) : null, hasMore),
            type);
    }
}
