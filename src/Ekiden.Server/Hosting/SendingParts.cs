using Ekiden.Directory.Idempotency;
using Ekiden.Mail;
using Ekiden.Server.Api;
using Ekiden.Server.Api.Sending;
using Ekiden.Server.Settings;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Hosting;

/// <summary>What takes mail by HTTP: single messages, and what remembers requests that name themselves.</summary>
internal sealed class SendingParts : IAsyncDisposable
{
    private static readonly TimeSpan RequestMemory = TimeSpan.FromHours(24);

    private readonly FileJournal _journal;
    private readonly TimeProvider _clock;
    private readonly MessageSender _sender;
    private readonly Repetitions _repetitions;

    private SendingParts(
        EkidenSettings settings, FileJournal journal, Intake intake, IdempotencyStore requests, TimeProvider clock)
    {
        (_journal, Requests, _clock) = (journal, requests, clock);
        _sender = new MessageSender(intake, clock, settings.Limits.MaxMessage);
        _repetitions = new Repetitions(requests);
    }

    /// <summary>Requests that name themselves.</summary>
    public IdempotencyStore Requests { get; }

    public static async Task<SendingParts> OpenAsync(
        EkidenSettings settings, DataDirectory data, FileJournal journal, Intake intake, TimeProvider clock,
        CancellationToken cancel)
    {
        var requests = await IdempotencyStore.OpenAsync(
            data.PathOf(IdempotencyStore.FileName), clock, RequestMemory, subject => IsThere(journal, subject), cancel);
        return new SendingParts(settings, journal, intake, requests, clock);
    }

    /// <summary>The routes.</summary>
    public void Map(IEndpointRouteBuilder routes)
    {
        new MessageEndpoints(_sender, _repetitions, _clock).Map(routes);
        new RawMessageEndpoints(_sender, _repetitions).Map(routes);
        new MessageStateEndpoints(_journal, _clock).Map(routes);
    }

    public ValueTask DisposeAsync() => Requests.DisposeAsync();

    private static bool IsThere(FileJournal journal, UInt128 subject)
    {
        var message = new MessageId(subject);
        return journal.Recovery.Keyed.Contains(message) || !journal.Index.FindMessage(message).IsEmpty;
    }
}
