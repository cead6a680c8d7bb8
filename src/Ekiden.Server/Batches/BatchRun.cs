using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Server.Api.Sending;
using Ekiden.Spool;
using Ekiden.Submission;
using Ekiden.Submission.Composition;

namespace Ekiden.Server.Batches;

/// <summary>One batch that goes on: its file, its place, its pace.</summary>
internal sealed class BatchRun(Batch batch, IJournal journal, Intake intake, TimeProvider clock) : IAsyncDisposable
{
    private const int LinesTogether = 200;
    private static readonly TimeSpan RateWindow = TimeSpan.FromSeconds(5);

    private readonly MailClient _client = new(MessageOrigin.Api, batch.Record.Account)
    {
        Key = batch.Record.Key,
        Session = batch.Record.Id,
        Protocol = "HTTP",
    };

    private BatchComposer? _composer;
    private BatchLines? _lines;
    private byte[]? _next;
    private double _credit;
    private DateTimeOffset _creditAt;
    private DateTimeOffset _rateAt;
    private long _rateFrom;

    public Batch Batch { get; } = batch;

    /// <summary>Held while lines become messages.</summary>
    public SemaphoreSlim Gate { get; } = new(1, 1);

    /// <summary>Recipients a second.</summary>
    public double Rate { get; private set; }

    /// <summary>Makes the next lines messages; false when there is nothing to do now.</summary>
    /// <param name="pause">Stops the batch, with a reason.</param>
    public async Task<bool> FeedAsync(Action<Batch, string> pause, CancellationToken cancel)
    {
        var progress = journal.Index.ProgressOf(Batch.Id);
        Measure(progress.Accepted);
        var left = Batch.Record.Accepted - progress.Accepted;
        var room = Math.Min(
            Math.Min(left, LinesTogether), Math.Min(BatchFeeder.MostWaiting - progress.Waiting, Allowed()));
        if (room <= 0 || IsBefore()) return false;
        await OpenAsync(progress.Accepted, cancel);
        var prepared = ImmutableArray.CreateBuilder<PreparedMessage>();
        var contents = new List<ReceivedContent>();
        try
        {
            var line = progress.Accepted;
            for (; prepared.Count < room; line++)
            {
                _next ??= await _lines!.ReadAsync(cancel); // OpenAsync
                if (_next is null) throw new InvalidDataException($"{Batch.Record.Id} ends at line {line}");
                var (message, refusal) = await PrepareAsync(line, _next, contents, cancel);
                if (message is null)
                {
                    if (refusal!.Code is not ("quota_exceeded" or "rate_limited" or "queue_full"))
                        pause(Batch, refusal.Reply.Text);
                    break;
                }
                _next = null;
                prepared.Add(message);
            }
            if (prepared.Count == 0) return false;
            return await CommitAsync(prepared.DrainToImmutable(), cancel);
        }
        finally
        {
            foreach (var content in contents) content.Dispose();
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_lines is not null) await _lines.DisposeAsync();
    }

    private async Task<bool> CommitAsync(ImmutableArray<PreparedMessage> prepared, CancellationToken cancel)
    {
        KillPoint.Pass("batch.before_commit");
        if (await intake.CommitAsync(prepared, cancel) is not null)
        {
            // Read again when there is room: what was prepared is lost.
            if (_lines is not null) await _lines.DisposeAsync();
            (_lines, _next) = (null, null);
            return false;
        }
        KillPoint.Pass("batch.committed");
        _credit -= prepared.Length;
        return true;
    }

    private bool IsBefore()
    {
        var now = clock.GetUtcNow();
        if (Batch.State.SendAt > now) return true;
        return Batch.Record.QuietHours is { } hours
            && QuietHours.Apply(hours, now, new FieldErrors(), "") > now;
    }

    // What the pace has allowed since the last time, at most a second's worth saved up.
    private long Allowed()
    {
        if (Batch.State.PerHour is not { } perHour) return long.MaxValue;
        var now = clock.GetUtcNow();
        var perSecond = perHour / 3600.0;
        var since = _creditAt == default ? 0 : Math.Max(0, (now - _creditAt).TotalSeconds);
        _credit = _creditAt == default
            ? 1
            : Math.Min(Math.Max(1, perSecond), Math.Max(0, _credit) + (since * perSecond));
        _creditAt = now;
        return (long)_credit;
    }

    private void Measure(long fed)
    {
        var now = clock.GetUtcNow();
        if (_rateAt == default) (_rateAt, _rateFrom) = (now, fed);
        var since = now - _rateAt;
        if (since < RateWindow) return;
        Rate = (fed - _rateFrom) / since.TotalSeconds;
        (_rateAt, _rateFrom) = (now, fed);
    }

    private async Task OpenAsync(long line, CancellationToken cancel)
    {
        if (_composer is null)
        {
            var errors = new FieldErrors();
            _composer = BatchComposer.Create(Batch.Record.Defaults, clock.GetUtcNow(), errors)
                ?? throw new InvalidDataException($"{Batch.Record.Id}: {errors.All[0].Detail}");
        }
        if (_lines is not null) return;
        _lines = BatchLines.OpenFile(Batch.Directory, BatchLines.RecipientsFile);
        for (var skipped = 0L; skipped < line; skipped++) await _lines.ReadAsync(cancel);
    }

    private async Task<(PreparedMessage? Message, Refusal? Refusal)> PrepareAsync(
        long line, byte[] text, List<ReceivedContent> contents, CancellationToken cancel)
    {
        var (mail, error) = await _composer!.ComposeAsync(text); // OpenAsync
        // The line was fine when it was taken: an update has changed the rules, and somebody has to look.
        if (mail is null)
            return (null, new Refusal(SmtpReply.Of(550, "5.6.0", error!.Detail), error.Code)); // exactly one is null
        var bytes = MailComposer.Compose(mail.Parts);
        var (content, noRoom) = intake.Begin(bytes.Length);
        if (content is null) return (null, noRoom);
        contents.Add(content);
        await content.WriteAsync(bytes, cancel);
        var shared = _composer.Shared;
        var incoming = new IncomingMessage(
            _client,
            new Envelope(shared.EnvelopeFrom, [new EnvelopeRecipient(mail.To)])
            {
                SmtpUtf8 = mail.To.NeedsSmtpUtf8 || shared.EnvelopeFrom.NeedsSmtpUtf8 || mail.Parts.NeedsSmtpUtf8,
                RequireTls = shared.RequireTls,
            },
            content)
        {
            Id = Batch.MessageOf(line),
            Batch = Batch.Id,
            Stream = shared.Stream ?? "bulk",
            Tags = shared.Tags,
            Metadata = mail.Metadata,
            ExpiresIn = shared.ExpiresIn,
            SendAt = mail.SendAt,
            IsSimulated = shared.IsSandbox,
        };
        var (prepared, refusal) = intake.Prepare(incoming);
        if (prepared is not null || !IsAboutRecipient(refusal!)) return (prepared, refusal);
        return (intake.PrepareFailed(incoming, refusal!), null);
    }

    // Everything else is about the account, and stops the batch.
    private static bool IsAboutRecipient(Refusal refusal) => refusal.Code is "invalid_address" or "message_too_large";
}
