using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool.Records;

/// <summary>The facts after acceptance, as bytes: every field of api.md §5, the peer's text cut at 1 KiB.</summary>
internal static class OutcomeCodec
{
    /// <summary>At most so many bytes of a peer's reply, or of any other text an outcome carries, are kept.</summary>
    public const int LongestText = 1024;

    private enum Case : byte { Delivered, Deferred, Failed }

    public static void WriteStarted(RecordWriter writer, JournalEntry.AttemptStarted entry)
    {
        writer.Fixed128(entry.Message.Value);
        writer.Time(entry.At);
        writer.TextCut(entry.Host, LongestText);
        WritePlaces(writer, entry.Recipients);
    }

    public static JournalEntry ReadStarted(ref RecordReader reader)
    {
        var message = new MessageId(reader.Fixed128());
        var at = reader.Time();
        var host = reader.Text();
        return new JournalEntry.AttemptStarted(message, ReadPlaces(ref reader), at, host);
    }

    public static void WriteChanged(RecordWriter writer, JournalEntry.Changed entry)
    {
        writer.Fixed128(entry.Message.Value);
        writer.Time(entry.At);
        writer.Byte((byte)entry.Change);
        writer.Time(entry.Due);
        writer.TextCut(entry.By, LongestText);
        WritePlaces(writer, entry.Recipients);
    }

    public static JournalEntry ReadChanged(ref RecordReader reader)
    {
        var message = new MessageId(reader.Fixed128());
        var at = reader.Time();
        var change = (QueueChange)reader.Byte();
        var due = reader.Time();
        var by = reader.Text();
        if (change > QueueChange.Suppress) reader.Damaged();
        return new JournalEntry.Changed(message, at, change, ReadPlaces(ref reader), due, by);
    }

    public static void WriteAttempted(RecordWriter writer, JournalEntry.Attempted entry)
    {
        writer.Fixed128(entry.Message.Value);
        writer.Time(entry.At);
        WriteDetails(writer, entry.Details);
        writer.Number(entry.Results.Length);
        foreach (var result in entry.Results)
        {
            writer.Number(result.Recipient);
            writer.Number(result.Attempts);
            writer.Time(result.NextAttempt);
            WriteOutcome(writer, result.Outcome);
        }
    }

    public static JournalEntry ReadAttempted(ref RecordReader reader)
    {
        var message = new MessageId(reader.Fixed128());
        var at = reader.Time();
        var details = ReadDetails(ref reader);
        var count = reader.Count();
        var results = ImmutableArray.CreateBuilder<RecipientResult>(count);
        for (var i = 0; i < count && !reader.IsDamaged; i++)
        {
            var recipient = reader.Number();
            var attempts = reader.Number();
            var next = reader.Time();
            if (ReadOutcome(ref reader) is { } outcome)
                results.Add(new RecipientResult(recipient, outcome, next, attempts));
        }
        return new JournalEntry.Attempted(message, at, details, results.DrainToImmutable());
    }

    private static void WriteDetails(RecordWriter writer, AttemptDetails details)
    {
        writer.TextCut(details.Host, LongestText);
        writer.TextCut(details.HostAddress, LongestText);
        writer.TextCut(details.SourceAddress, LongestText);
        writer.TextCut(details.Tls, LongestText);
        writer.Bool(details.TlsVerified);
        writer.TextCut(details.Phase, LongestText);
        writer.Fixed64(details.Duration.Ticks);
    }

    private static AttemptDetails ReadDetails(ref RecordReader reader) => new(
        reader.Text(), reader.Text(), reader.Text(), reader.Text(), reader.Bool(), reader.Text(),
        new TimeSpan(reader.Fixed64()));

    private static void WriteOutcome(RecordWriter writer, DeliveryOutcome outcome)
    {
        switch (outcome)
        {
            case DeliveryOutcome.Delivered delivered:
                writer.Byte((byte)Case.Delivered);
                WriteReply(writer, delivered.Reply);
                break;
            case DeliveryOutcome.Deferred deferred:
                writer.Byte((byte)Case.Deferred);
                writer.Byte((byte)deferred.Reason);
                writer.Bool(deferred.MayBeDuplicated);
                WriteStatus(writer, deferred.Status);
                WriteReply(writer, deferred.Reply);
                writer.TextCut(deferred.Text, LongestText);
                break;
            case DeliveryOutcome.Failed failed:
                writer.Byte((byte)Case.Failed);
                writer.Byte((byte)failed.Reason);
                WriteStatus(writer, failed.Status);
                WriteReply(writer, failed.Reply);
                writer.TextCut(failed.Text, LongestText);
                break;
            default:
                throw new ArgumentException($"Not an outcome: {outcome.GetType().Name}", nameof(outcome));
        }
    }

    private static DeliveryOutcome? ReadOutcome(ref RecordReader reader)
    {
        switch ((Case)reader.Byte())
        {
            case Case.Delivered when ReadReply(ref reader) is { } reply:
                return new DeliveryOutcome.Delivered(reply);
            case Case.Deferred:
                var deferral = (DeferralReason)reader.Byte();
                var duplicated = reader.Bool();
                if (deferral > DeferralReason.Local) reader.Damaged();
                return new DeliveryOutcome.Deferred(
                    deferral, ReadStatus(ref reader), ReadReply(ref reader), reader.Text(), duplicated);
            case Case.Failed:
                var failure = (FailureReason)reader.Byte();
                if (failure > FailureReason.NotSupportedByPeer) reader.Damaged();
                return new DeliveryOutcome.Failed(
                    failure, ReadStatus(ref reader), ReadReply(ref reader), reader.Text());
            default:
                reader.Damaged();
                return null;
        }
    }

    private static void WriteStatus(RecordWriter writer, EnhancedStatus status)
    {
        writer.Byte(status.Class);
        writer.Number(status.Subject);
        writer.Number(status.Detail);
    }

    private static EnhancedStatus ReadStatus(ref RecordReader reader) =>
        new(reader.Byte(), (short)reader.Number(short.MaxValue), (short)reader.Number(short.MaxValue));

    // Code 0 is no reply; class 0 is no enhanced status.
    private static void WriteReply(RecordWriter writer, SmtpReply? reply)
    {
        writer.Number(reply?.Code ?? 0);
        if (reply is null) return;
        WriteStatus(writer, reply.Status ?? default);
        writer.TextCut(reply.Text, LongestText);
    }

    private static SmtpReply? ReadReply(ref RecordReader reader)
    {
        var code = reader.Number(ushort.MaxValue);
        if (code == 0) return null;
        var status = ReadStatus(ref reader);
        return new SmtpReply(code, status.Class == 0 ? null : status, reader.Text());
    }

    private static void WritePlaces(RecordWriter writer, ImmutableArray<int> places)
    {
        writer.Number(places.Length);
        foreach (var place in places) writer.Number(place);
    }

    private static ImmutableArray<int> ReadPlaces(ref RecordReader reader)
    {
        var count = reader.Count();
        var places = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++) places.Add(reader.Number());
        return places.MoveToImmutable();
    }
}
