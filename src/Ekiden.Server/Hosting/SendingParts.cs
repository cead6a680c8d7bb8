using Ekiden.Directory.Idempotency;
using Ekiden.Mail;
using Ekiden.Server.Api;
using Ekiden.Server.Api.Sending;
using Ekiden.Server.Batches;
using Ekiden.Server.Settings;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting;

/// <summary>What takes mail by HTTP: single messages, and what remembers requests that name themselves.</summary>
internal sealed class SendingParts : IAsyncDisposable
{
    private static readonly TimeSpan RequestMemory = TimeSpan.FromHours(24);

    private readonly FileJournal _journal;
    private readonly TimeProvider _clock;
    private readonly MessageSender _sender;
    private readonly Repetitions _repetitions;
    private readonly BatchStore _batches;
    private readonly BatchFeeder _feeder;
    private readonly BatchUpload _upload;
    private readonly TemplateStore _templates;

    private SendingParts(
        EkidenSettings settings, (FileJournal Journal, Intake Intake) door, IdempotencyStore requests,
        (BatchStore Batches, TemplateStore Templates) stores, (TimeProvider Clock, ILoggerFactory Loggers) common)
    {
        var (journal, intake) = door;
        var (clock, loggers) = common;
        var (batches, templates) = stores;
        (_journal, Requests, _clock, _batches, _templates) = (journal, requests, clock, batches, templates);
        _feeder = new BatchFeeder(batches, journal, intake, clock, loggers.CreateLogger<BatchFeeder>());
        _upload = new BatchUpload(batches, _feeder, intake, new TemplateUse(templates), clock);
        _sender = new MessageSender(intake, clock, settings.Limits.MaxMessage);
        _repetitions = new Repetitions(requests);
    }

    /// <summary>Requests that name themselves.</summary>
    public IdempotencyStore Requests { get; }

    public static async Task<SendingParts> OpenAsync(
        EkidenSettings settings, DataDirectory data, FileJournal journal, Intake intake, TimeProvider clock,
        ILoggerFactory loggers, CancellationToken cancel)
    {
        var batches = BatchStore.Open(data.PathOf("batches"));
        var templates = TemplateStore.Open(data.PathOf("templates"), clock);
        var requests = await IdempotencyStore.OpenAsync(
            data.PathOf(IdempotencyStore.FileName), clock, RequestMemory,
            subject => IsThere(journal, batches, subject), cancel);
        return new SendingParts(settings, (journal, intake), requests, (batches, templates), (clock, loggers));
    }

    /// <summary>The routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        new MessageEndpoints(_sender, _repetitions, new TemplateUse(_templates), _clock).Map(routes);
        new TemplateEndpoints(_templates).Map(routes);
        new RawMessageEndpoints(_sender, _repetitions).Map(routes);
        new MessageStateEndpoints(_journal, _clock).Map(routes);
        new BatchEndpoints(_upload, _repetitions).Map(routes);
        new BatchStateEndpoints(_batches, _feeder, _journal, _clock).Map(routes);
    }

    /// <summary>Batches go on where they were.</summary>
    public void Start() => _feeder.Start();

    public async ValueTask DisposeAsync()
    {
        await _feeder.DisposeAsync();
        await Requests.DisposeAsync();
    }

    private static bool IsThere(FileJournal journal, BatchStore batches, UInt128 subject)
    {
        if (batches.Find(new BatchId(subject)) is not null) return true;
        var message = new MessageId(subject);
        return journal.Recovery.Keyed.Contains(message) || !journal.Index.FindMessage(message).IsEmpty;
    }
}
