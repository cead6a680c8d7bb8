using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Delivery.Providers;
using Ekiden.Events;

namespace Ekiden.Server.Hosting.Returns;

/// <summary>Writes what came back into the event log: a later bounce, a complaint, a wish for no more mail.</summary>
internal sealed class ReturnEvents(EventLog log) : IReturnListener
{
    public async ValueTask HeardAsync(MessageReturn returned, CancellationToken cancel)
    {
        var events = returned.Report.Results.Select(result => ToEvent(returned, result)).OfType<NewEvent>().ToList();
        // A message with one recipient has one story, however often the report names it.
        if (returned.Place is not null && events.Count > 1) events.RemoveRange(1, events.Count - 1);
        if (events.Count > 0) await log.AppendAsync(events, cancel);
    }

    private static NewEvent? ToEvent(MessageReturn returned, BounceResult result) =>
        TypeOf(returned.Report, result) is not { } type ? null : new NewEvent(type, null)
        {
            Message = returned.Message,
            Place = returned.Place,
            Recipient = returned.Place is null ? result.Recipient : null,
            IsAsynchronous = true,
            ReplyCode = result.ReplyCode,
            EnhancedStatus = result.Status?.ToString(),
            Text = result.Diagnostic.Length == 0 ? null : result.Diagnostic,
            Class = result.Reason.Class?.Word(),
        };

    // Answers of machines and notices of success are no events.
    private static EventType? TypeOf(BounceReport report, BounceResult result) => report.Kind switch
    {
        BounceKind.Arf when result.FeedbackType is "opt-out" or "opt-out-list" => EventType.Unsubscribed,
        BounceKind.Arf when result.FeedbackType is "abuse" or "fraud" or "other" => EventType.Complained,
        BounceKind.OptOut => EventType.Unsubscribed,
        BounceKind.Dsn or BounceKind.Text when result.Reason == BounceReason.Delivered => null,
        BounceKind.Dsn or BounceKind.Text => result.IsDelay ? EventType.Deferred : EventType.Bounced,
        _ => null,
    };
}
