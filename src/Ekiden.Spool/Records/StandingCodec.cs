using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool.Records;

/// <summary>What compaction writes beside messages, as bytes: standings, endings, totals.</summary>
internal static class StandingCodec
{
    public static void WriteStandings(RecordWriter writer, ImmutableArray<RecipientStanding> standings)
    {
        writer.Number(standings.Length);
        foreach (var standing in standings) Write(writer, standing);
    }

    public static ImmutableArray<RecipientStanding> ReadStandings(ref RecordReader reader)
    {
        var count = reader.Count();
        var standings = ImmutableArray.CreateBuilder<RecipientStanding>(count);
        for (var i = 0; i < count; i++) standings.Add(Read(ref reader));
        return standings.MoveToImmutable();
    }

    public static void Write(RecordWriter writer, in RecipientStanding standing)
    {
        writer.Byte((byte)standing.State);
        writer.Time(standing.Due);
        writer.Number(standing.Attempts);
        writer.Byte(standing.Started);
        writer.Byte(standing.LastReason is { } reason ? (byte)(reason + 1) : (byte)0);
        writer.Bool(standing.PossibleDuplicate);
    }

    public static RecipientStanding Read(ref RecordReader reader)
    {
        var state = (RecipientState)reader.Byte();
        var due = reader.Time();
        var attempts = reader.Number();
        var started = reader.Byte();
        var reason = reader.Byte();
        var duplicate = reader.Bool();
        if (state is RecipientState.InAttempt or > RecipientState.Suppressed) reader.Damaged();
        if (reason > (byte)DeferralReason.Local + 1) reader.Damaged();
        return new RecipientStanding(
            state, due, attempts, started, reason == 0 ? null : (DeferralReason)(reason - 1), duplicate);
    }

    public static void WriteEnded(RecordWriter writer, SpoolRecord.Ended ended)
    {
        writer.Fixed128(ended.Message.Value);
        writer.Number(ended.Recipients.Length);
        foreach (var (place, state) in ended.Recipients)
        {
            writer.Number(place);
            writer.Byte((byte)state);
        }
    }

    public static SpoolRecord ReadEnded(ref RecordReader reader)
    {
        var message = new MessageId(reader.Fixed128());
        var count = reader.Count();
        var recipients = ImmutableArray.CreateBuilder<EndedRecipient>(count);
        for (var i = 0; i < count; i++)
        {
            var place = reader.Number();
            var state = (RecipientState)reader.Byte();
            if (state is < RecipientState.Delivered or > RecipientState.Suppressed) reader.Damaged();
            recipients.Add(new EndedRecipient(place, state));
        }
        return new SpoolRecord.Ended(message, recipients.MoveToImmutable());
    }

    public static void WriteDropped(RecordWriter writer, SpoolRecord.Dropped dropped)
    {
        writer.Number(dropped.Segments.Length);
        foreach (var segment in dropped.Segments) writer.Number(segment);
        WriteTotals(writer, dropped.Totals);
        writer.Number(dropped.Batches.Length);
        foreach (var (batch, totals) in dropped.Batches)
        {
            writer.Fixed128(batch.Value);
            WriteTotals(writer, totals);
        }
    }

    public static SpoolRecord ReadDropped(ref RecordReader reader)
    {
        var count = reader.Count();
        var segments = ImmutableArray.CreateBuilder<int>(count);
        for (var i = 0; i < count; i++) segments.Add(reader.Number());
        var all = ReadTotals(ref reader);
        var batches = ImmutableArray.CreateBuilder<BatchTally>();
        for (var left = reader.Count(); left > 0 && !reader.IsDamaged; left--)
            batches.Add(new BatchTally(new BatchId(reader.Fixed128()), ReadTotals(ref reader)));
        return new SpoolRecord.Dropped(segments.MoveToImmutable(), all, batches.DrainToImmutable());
    }

    public static void WriteTotals(RecordWriter writer, in Totals totals)
    {
        writer.Varint((ulong)totals.Accepted);
        writer.Varint((ulong)totals.Delivered);
        writer.Varint((ulong)totals.Failed);
        writer.Varint((ulong)totals.Expired);
        writer.Varint((ulong)totals.Cancelled);
        writer.Varint((ulong)totals.Suppressed);
    }

    public static Totals ReadTotals(ref RecordReader reader) => new(
        (long)reader.Varint(), (long)reader.Varint(), (long)reader.Varint(),
        (long)reader.Varint(), (long)reader.Varint(), (long)reader.Varint());
}
