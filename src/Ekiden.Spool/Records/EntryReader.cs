using System.Buffers.Binary;
using Ekiden.Mail;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Records;

/// <summary>
/// Reads the entries of a frame. Never throws: what does not fit is a case of <see cref="EntryResult"/>.
/// </summary>
internal static class EntryReader
{
    private const byte MayBeSkipped = 128;

    /// <summary>Reads all entries of a frame's payload.</summary>
    /// <param name="payload">The payload, checked by the log.</param>
    /// <param name="entries">Gets the entries; cleared first. Those before a damaged one stay.</param>
    public static EntryResult ReadAll(ReadOnlySpan<byte> payload, List<EntryInFrame> entries)
    {
        entries.Clear();
        for (var offset = 0; offset < payload.Length;)
        {
            var result = ReadAt(payload, offset, out var record, out var length);
            if (result is EntryResult.Damaged or EntryResult.TooNew) return result;
            if (record is not null) entries.Add(new EntryInFrame(record, offset, length));
            offset += length;
        }
        return EntryResult.Whole;
    }

    /// <summary>Reads the entry at an offset of a frame's payload.</summary>
    public static EntryResult ReadAt(ReadOnlySpan<byte> payload, int offset, out SpoolRecord? record, out int length)
    {
        record = null;
        if (!TryMeasure(payload, offset, out length)) return EntryResult.Damaged;
        var kind = payload[offset];
        if (kind == 0) return EntryResult.Damaged;
        if (payload[offset + 1] != EntryWriter.Version || kind > (byte)EntryKind.Dropped)
            return kind >= MayBeSkipped ? EntryResult.Whole : EntryResult.TooNew;
        var fieldsAt = offset + EntryWriter.HeaderSize;
        var reader = new RecordReader(payload[fieldsAt..(offset + length)]);
        record = Read((EntryKind)kind, ref reader, fieldsAt);
        if (record is null || reader.IsDamaged) return EntryResult.Damaged;
        return reader.Left == 0 ? EntryResult.Whole : EntryResult.Damaged;
    }

    /// <summary>
    /// Reads what can be trusted in a payload whose checksum is wrong: messages whose own envelope checksum is right.
    /// </summary>
    public static void ReadEnvelopes(ReadOnlySpan<byte> payload, List<EntryInFrame> entries)
    {
        entries.Clear();
        for (var offset = 0; TryMeasure(payload, offset, out var length, mayBeCut: true); offset += length)
        {
            if ((EntryKind)payload[offset] is not (EntryKind.Accepted or EntryKind.Carried)) continue;
            var fieldsAt = offset + EntryWriter.HeaderSize;
            var reader = new RecordReader(payload[fieldsAt..Math.Min(offset + length, payload.Length)]);
            var record = Read((EntryKind)payload[offset], ref reader, fieldsAt, contentMayBeCut: true);
            if (record is not null) entries.Add(new EntryInFrame(record, offset, length));
        }
    }

    private static bool TryMeasure(ReadOnlySpan<byte> payload, int offset, out int length, bool mayBeCut = false)
    {
        length = 0;
        if (payload.Length - offset < EntryWriter.HeaderSize) return false;
        var fields = BinaryPrimitives.ReadUInt32LittleEndian(payload[(offset + 2)..]);
        if (fields > int.MaxValue - EntryWriter.HeaderSize - offset) return false;
        length = EntryWriter.HeaderSize + (int)fields;
        return mayBeCut || length <= payload.Length - offset;
    }

    private static SpoolRecord? Read(
        EntryKind kind, ref RecordReader reader, int fieldsAt, bool contentMayBeCut = false) => kind switch
        {
            EntryKind.Accepted => ReadAccepted(ref reader, fieldsAt, contentMayBeCut),
            EntryKind.Carried => ReadCarried(ref reader, fieldsAt, contentMayBeCut),
            EntryKind.AttemptStarted => new SpoolRecord.Fact(OutcomeCodec.ReadStarted(ref reader)),
            EntryKind.Attempted => new SpoolRecord.Fact(OutcomeCodec.ReadAttempted(ref reader)),
            EntryKind.Changed => new SpoolRecord.Fact(OutcomeCodec.ReadChanged(ref reader)),
            EntryKind.Standing => new SpoolRecord.Standing(
                new MessageId(reader.Fixed128()), StandingCodec.ReadStandings(ref reader)),
            EntryKind.Ended => StandingCodec.ReadEnded(ref reader),
            EntryKind.Dropped => StandingCodec.ReadDropped(ref reader),
            _ => null,
        };

    private static SpoolRecord.Accepted? ReadAccepted(ref RecordReader reader, int fieldsAt, bool contentMayBeCut)
    {
        var message = ReadMessage(ref reader, fieldsAt, contentMayBeCut, out var content);
        return message is null ? null : new SpoolRecord.Accepted(message, content);
    }

    private static SpoolRecord.Carried? ReadCarried(ref RecordReader reader, int fieldsAt, bool contentMayBeCut)
    {
        var standing = StandingCodec.ReadStandings(ref reader);
        var message = ReadMessage(ref reader, fieldsAt, contentMayBeCut, out var content);
        if (message is null || message.Envelope.Recipients.Length != standing.Length) return null;
        return new SpoolRecord.Carried(message, content, standing);
    }

    private static AcceptedMessage? ReadMessage(
        ref RecordReader reader, int fieldsAt, bool contentMayBeCut, out StoredContent content)
    {
        var envelopeLength = reader.Number();
        var envelopeCrc = reader.Fixed32();
        var inlineLength = reader.Number();
        var inlineCrc = reader.Fixed32();
        ContentLocation? body = reader.Bool()
            ? new ContentLocation(Long(ref reader), Long(ref reader), Long(ref reader), reader.Fixed32())
            : null;
        var envelope = reader.Bytes(envelopeLength);
        content = new StoredContent(fieldsAt + reader.Position, inlineLength, inlineCrc, body);
        if (!contentMayBeCut) reader.Bytes(inlineLength);
        if (reader.IsDamaged || Crc32C.Of(envelope) != envelopeCrc) return null;
        var fields = new RecordReader(envelope);
        var message = EnvelopeCodec.Read(ref fields);
        return fields.Left == 0 ? message : null;
    }

    private static long Long(ref RecordReader reader)
    {
        var value = reader.Varint();
        if (value > long.MaxValue) reader.Damaged();
        return (long)(value & long.MaxValue);
    }
}

/// <summary>An entry and where it is in the payload of its frame.</summary>
internal readonly record struct EntryInFrame(SpoolRecord Record, int Offset, int Length);

/// <summary>How reading an entry went.</summary>
internal enum EntryResult : byte
{
    /// <summary>As it was written, or of a later version that allows to skip it.</summary>
    Whole,

    /// <summary>Not as any version writes it.</summary>
    Damaged,

    /// <summary>Written by a later version of Ekiden, which means something that must be understood.</summary>
    TooNew,
}
