using Ekiden.Events.Storage;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Spool.Following;
using Microsoft.Extensions.Logging;

namespace Ekiden.Events.Projection;

/// <summary>
/// Turns facts of the journal into rows of the day's file: one event for each recipient, and the counts of its minute.
/// </summary>
/// <remarks>
/// A row's sequence is made of the place of its fact in the journal, so that reading the same fact again gives the same
/// event. All facts of one commit are in one day's file.
/// </remarks>
internal sealed partial class FactProjection(DayWriter writer, OutcomeRows outcomes, ILogger logger) : IJournalVisitor
{
    /// <summary>Facts that could not be read, or that are about messages nobody knows; since the start.</summary>
    public long Losses { get; private set; }

    /// <inheritdoc/>
    public void Begin(JournalPosition at) => writer.BeginFrame(at);

    /// <inheritdoc/>
    public void Accepted(AcceptedMessage message, ReadOnlySpan<byte> head)
    {
        writer.EnterDay(message.AcceptedAt);
        var known = writer.Messages.Add(MessageRows.Of(message, head));
        var key = writer.KeyOf(known, isNew: true);
        for (var place = 0; place < message.Envelope.Recipients.Length; place++)
        {
            var row = new EventRow
            {
                Type = EventType.Accepted,
                At = message.AcceptedAt,
                Message = key,
                Place = place,
                Provider = outcomes.ProviderOf(message.Envelope.Recipients[place].Address.Domain, ""),
            };
            writer.Add(known, row);
            if (message.NotBefore is { } due)
                writer.Add(known, row with { Type = EventType.Scheduled, NextAttempt = due });
        }
    }

    /// <inheritdoc/>
    public void Happened(JournalEntry entry)
    {
        switch (entry)
        {
            case JournalEntry.Attempted attempted when Enter(attempted.Message, attempted.At) is { } known:
                foreach (var result in attempted.Results) Add(known, attempted, result);
                break;
            case JournalEntry.Changed changed when TypeOf(changed.Change) is { } type
                && Enter(changed.Message, changed.At) is { } known:
                foreach (var place in changed.Recipients) Add(known, changed, type, place);
                break;
        }
    }

    /// <inheritdoc/>
    public void Lost(JournalPosition at, string why)
    {
        Losses++;
        Log.Lost(logger, at.Segment, at.Offset, why);
    }

    private KnownMessage? Enter(MessageId id, DateTimeOffset at)
    {
        if (writer.Messages.Find(id) is not { } known)
        {
            Losses++;
            Log.Unknown(logger, id);
            return null;
        }
        writer.EnterDay(at);
        return known;
    }

    private void Add(KnownMessage known, JournalEntry.Attempted attempted, RecipientResult result)
    {
        var address = DayWriter.AddressOf(known, result.Recipient);
        var row = outcomes.Of(attempted, result, DomainOf(address)) with
        {
            Message = writer.KeyOf(known, isNew: false, result.Recipient),
            QueuedMilliseconds = Math.Max(0, (long)(attempted.At - known.Row.AcceptedAt).TotalMilliseconds),
        };
        writer.Add(known, row);
        if (row.Type.IsFinal()) writer.Messages.End(known, 1);
    }

    private void Add(KnownMessage known, JournalEntry.Changed changed, EventType type, int place)
    {
        var address = DayWriter.AddressOf(known, place);
        writer.Add(known, new EventRow
        {
            Type = type,
            At = changed.At,
            Message = writer.KeyOf(known, isNew: false, place),
            Place = place,
            Provider = outcomes.ProviderOf(DomainOf(address), ""),
            Text = changed.By,
        });
        writer.Messages.End(known, 1);
    }

    private static string DomainOf(string address) => address[(address.LastIndexOf('@') + 1)..];

    private static EventType? TypeOf(QueueChange change) => change switch
    {
        QueueChange.Cancel => EventType.Cancelled,
        QueueChange.Suppress => EventType.Suppressed,
        _ => null,
    };

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Critical,
            "Events are missing: the journal cannot be read in {Segment} at {Offset}: {Why}")]
        public static partial void Lost(ILogger logger, long segment, int offset, string why);

        [LoggerMessage(LogLevel.Error, "No event: nothing is known of {MessageId} any more")]
        public static partial void Unknown(ILogger logger, MessageId messageId);
    }
}
