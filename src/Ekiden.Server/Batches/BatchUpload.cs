using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory.Idempotency;
using Ekiden.Mail;
using Ekiden.Server.Api;
using Ekiden.Server.Api.Sending;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Batches;

/// <summary>Takes a batch: every line is checked and filled once, the good ones are kept, the others listed.</summary>
internal sealed class BatchUpload(
    BatchStore store, BatchFeeder feeder, Intake intake, TemplateUse templates, TimeProvider clock)
{
    /// <summary>Lines of a streamed batch at most.</summary>
    public const long MostLines = 5_000_000;

    /// <summary>Takes the lines, and answers when all of them are on stable storage.</summary>
    /// <param name="header">What all share.</param>
    /// <param name="lines">The recipients.</param>
    /// <param name="prefix">What stands before the pointer of a wrong default.</param>
    public async Task<IResult> TakeAsync(
        HttpContext http, SendBatchRequest header, IAsyncEnumerable<byte[]> lines, string prefix, RequestClaim? claim)
    {
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        var client = MessageSender.ClientOf(http, account);
        var unknown = new FieldErrors();
        if (templates.Expand(header.Defaults, account, prefix, unknown) is not { } defaults) return unknown.ToProblem();
        header = header with { Defaults = defaults }; // its own copy: later versions change nothing
        var (composer, wrong) = ReadHeader(header, client, prefix);
        if (composer is null) return wrong!; // ReadHeader returns exactly one of the two
        if (intake.CheckSender(client, composer.Shared.EnvelopeFrom, 0) is { } sender)
            return RefusalProblem.Of(sender, prefix + "/from");
        if (intake.CheckSender(client, composer.Shared.Parts.From.Address, 0) is { } author)
            return RefusalProblem.Of(author, prefix + "/from");
        var id = BatchId.Create(clock);
        using var upload = store.Begin(id);
        try
        {
            await ReadLinesAsync(upload, composer, client, lines, http.RequestAborted);
        }
        catch (BadHttpRequestException large) when (large.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return RequestBody.TooLarge;
        }
        catch (InvalidDataException broken)
        {
            return Problems.Of(400, "invalid_request", broken.Message);
        }
        if (upload.Accepted == 0 && upload.Rejected == 0)
            return Problems.Invalid("/recipients", "invalid_request", "At least one recipient");
        if (upload.Accepted == 0 || (header.Mode == "all_or_nothing" && upload.Rejected > 0))
            return Nothing(upload);
        return await CommitAsync(upload, header, account, client.Key, id, claim, http.RequestAborted);
    }

    private (BatchComposer? Composer, IResult? Problem) ReadHeader(
        SendBatchRequest header, MailClient client, string prefix)
    {
        var errors = new FieldErrors();
        if (header.Mode is not (null or "partial" or "all_or_nothing"))
            errors.Add("/mode", "partial or all_or_nothing");
        if (header.Pace is { PerHour: <= 0 }) errors.Add("/pace/per_hour", "More than 0");
        if (header.SendAt - clock.GetUtcNow() > TimeSpan.FromDays(30)) errors.Add("/send_at", "At most 30 days ahead");
        if (header.QuietHours is { } hours)
            QuietHours.Apply(hours, clock.GetUtcNow(), errors, "/quiet_hours");
        if (header.Defaults.Stream is { } stream && !intake.Options.Streams.ContainsKey(stream))
            errors.Add(prefix + "/stream", "There is no such stream");
        if (!errors.IsEmpty) return (null, errors.ToProblem());
        var ofDefaults = new FieldErrors();
        var composer = BatchComposer.Create(header.Defaults, clock.GetUtcNow(), ofDefaults);
        if (composer is not null) return (composer, null);
        foreach (var error in ofDefaults.All) errors.Add(prefix + error.Pointer, error.Code, error.Detail);
        return (null, errors.ToProblem());
    }

    private async Task ReadLinesAsync(
        NewBatch upload, BatchComposer composer, MailClient client, IAsyncEnumerable<byte[]> lines,
        CancellationToken cancel)
    {
        var index = 0L;
        await foreach (var line in lines.WithCancellation(cancel))
        {
            if (index == MostLines) throw new InvalidDataException($"More than {MostLines} recipients");
            var (mail, error) = await composer.ComposeAsync(line);
            if (mail is not null && intake.CheckRecipient(client, mail.To) is { } refusal)
                error = new ProblemError("/to", refusal.Code, refusal.Reply.Text);
            if (error is null) upload.Add(line);
            else upload.Reject(new BatchError(index, error.Pointer, error.Code, error.Detail));
            index++;
        }
    }

    private static IResult Nothing(NewBatch upload) => Problems.Of(
        422, upload.FirstErrors[0].Code, $"{upload.Rejected} recipients are wrong, and nothing is sent",
        [
            .. upload.FirstErrors.Select(error => new ProblemError(
                $"/recipients/{error.Index}{error.Pointer}", error.Code, error.Detail)),
        ]);

    private async Task<IResult> CommitAsync(
        NewBatch upload, SendBatchRequest header, string account, string? key, BatchId id, RequestClaim? claim,
        CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        var answer = JsonSerializer.SerializeToUtf8Bytes(
            new SendBatchResponse(
                id.ToString(), header.SendAt > now ? "scheduled" : "queued", upload.Accepted, upload.Rejected,
                upload.FirstErrors, $"/v1/batches/{id}/errors"),
            ApiJson.Default.SendBatchResponse);
        if (claim is not null) await claim.PromiseAsync(id.Value, StatusCodes.Status202Accepted, answer, cancel);
        KillPoint.Pass("batch.promised");
        var record = new BatchRecord
        {
            Id = id.ToString(),
            Account = account,
            Key = key,
            CreatedAt = now,
            Accepted = upload.Accepted,
            Rejected = upload.Rejected,
            Defaults = header.Defaults,
            QuietHours = header.QuietHours,
        };
        var batch = store.Commit(
            upload, record, new BatchState { PerHour = header.Pace?.PerHour, SendAt = header.SendAt });
        claim?.Complete();
        feeder.Add(batch);
        return Results.Bytes(answer, "application/json; charset=utf-8").WithStatus(StatusCodes.Status202Accepted);
    }
}
