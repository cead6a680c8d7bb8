using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Spool.Records;

/// <summary>Everything of an <see cref="AcceptedMessage"/> but its content, as bytes.</summary>
internal static class EnvelopeCodec
{
    [Flags]
    private enum Has : byte
    {
        None = 0,
        Sender = 1,
        NotBefore = 2,
        ReturnPath = 4,
        NoticeAbout = 8,
        EightBit = 16,
        SmtpUtf8 = 32,
        RequireTls = 64,
        Batch = 128,
    }

    public static void Write(RecordWriter writer, AcceptedMessage message)
    {
        writer.Fixed128(message.Id.Value);
        writer.Byte((byte)Present(message));
        writer.Time(message.AcceptedAt);
        writer.Time(message.ExpiresAt);
        if (message.NotBefore is { } notBefore) writer.Time(notBefore);
        writer.Byte((byte)message.Origin);
        writer.Text(message.Account);
        writer.Text(message.Stream);
        WriteEnvelope(writer, message.Envelope);
        if (message.ReturnPath is { } returnPath) WriteMailbox(writer, returnPath);
        writer.Number(message.Tags.Length);
        foreach (var tag in message.Tags) writer.Text(tag);
        writer.Number(message.Metadata.Count);
        foreach (var (key, value) in message.Metadata)
        {
            writer.Text(key);
            writer.Text(value);
        }
        writer.Text(message.IdempotencyKey);
        writer.Number(message.RelaxedBodyHash.Length);
        writer.Bytes(message.RelaxedBodyHash.AsSpan());
        if (message.NoticeAbout is { } about) writer.Fixed128(about.Value);
        if (message.Batch is { } batch) writer.Fixed128(batch.Value);
    }

    public static AcceptedMessage? Read(ref RecordReader reader)
    {
        var id = new MessageId(reader.Fixed128());
        var has = (Has)reader.Byte();
        var acceptedAt = reader.Time();
        var expiresAt = reader.Time();
        DateTimeOffset? notBefore = has.HasFlag(Has.NotBefore) ? reader.Time() : null;
        var origin = (MessageOrigin)reader.Byte();
        var account = reader.Text();
        var stream = reader.Text();
        var envelope = ReadEnvelope(ref reader, has);
        if (envelope is null || origin > MessageOrigin.Notice) reader.Damaged();
        var message = new AcceptedMessage
        {
            Id = id,
            AcceptedAt = acceptedAt,
            ExpiresAt = expiresAt,
            NotBefore = notBefore,
            Origin = origin,
            Account = account,
            Stream = stream,
            Envelope = envelope ?? new Envelope(null, []),
            ReturnPath = has.HasFlag(Has.ReturnPath) ? ReadMailbox(ref reader) : null,
            Tags = ReadTexts(ref reader),
            Metadata = ReadMetadata(ref reader),
            IdempotencyKey = reader.OptionalText(),
            RelaxedBodyHash = [.. reader.Bytes(reader.Count())],
            NoticeAbout = has.HasFlag(Has.NoticeAbout) ? new MessageId(reader.Fixed128()) : null,
            Batch = has.HasFlag(Has.Batch) ? new BatchId(reader.Fixed128()) : null,
        };
        return reader.IsDamaged ? null : message;
    }

    private static Has Present(AcceptedMessage message)
    {
        var envelope = message.Envelope;
        return (envelope.Sender is null ? 0 : Has.Sender)
            | (message.NotBefore is null ? 0 : Has.NotBefore)
            | (message.ReturnPath is null ? 0 : Has.ReturnPath)
            | (message.NoticeAbout is null ? 0 : Has.NoticeAbout)
            | (message.Batch is null ? 0 : Has.Batch)
            | (envelope.EightBit ? Has.EightBit : 0)
            | (envelope.SmtpUtf8 ? Has.SmtpUtf8 : 0)
            | (envelope.RequireTls ? Has.RequireTls : 0);
    }

    private static void WriteEnvelope(RecordWriter writer, Envelope envelope)
    {
        if (envelope.Sender is { } sender) WriteMailbox(writer, sender);
        writer.Byte((byte)envelope.Return);
        writer.Text(envelope.EnvelopeId);
        writer.Number(envelope.Recipients.Length);
        foreach (var recipient in envelope.Recipients)
        {
            WriteMailbox(writer, recipient.Address);
            writer.Byte((byte)recipient.Notify);
            writer.Text(recipient.OriginalRecipient);
        }
    }

    private static Envelope? ReadEnvelope(ref RecordReader reader, Has has)
    {
        var sender = has.HasFlag(Has.Sender) ? ReadMailbox(ref reader) : null;
        var dsnReturn = (DsnReturn)reader.Byte();
        var envelopeId = reader.OptionalText();
        var count = reader.Count();
        if (count == 0 || dsnReturn > DsnReturn.Headers) reader.Damaged();
        if (reader.IsDamaged) return null;
        var recipients = ImmutableArray.CreateBuilder<EnvelopeRecipient>(count);
        for (var i = 0; i < count && !reader.IsDamaged; i++)
        {
            var address = ReadMailbox(ref reader);
            var notify = (DsnNotify)reader.Byte();
            var original = reader.OptionalText();
            if (notify > (DsnNotify.Never | DsnNotify.Success | DsnNotify.Failure | DsnNotify.Delay)) reader.Damaged();
            if (address is not null) recipients.Add(new EnvelopeRecipient(address, notify, original));
        }
        if (reader.IsDamaged) return null;
        return new Envelope(sender, recipients.DrainToImmutable())
        {
            EightBit = has.HasFlag(Has.EightBit),
            SmtpUtf8 = has.HasFlag(Has.SmtpUtf8),
            RequireTls = has.HasFlag(Has.RequireTls),
            Return = dsnReturn,
            EnvelopeId = envelopeId,
        };
    }

    private static void WriteMailbox(RecordWriter writer, Mailbox mailbox) => writer.Text(mailbox.ToString());

    private static Mailbox? ReadMailbox(ref RecordReader reader)
    {
        if (Mailbox.TryParse(reader.Text(), out var mailbox)) return mailbox;
        reader.Damaged();
        return null;
    }

    private static ImmutableArray<string> ReadTexts(ref RecordReader reader)
    {
        var count = reader.Count();
        if (count == 0) return [];
        var texts = ImmutableArray.CreateBuilder<string>(count);
        for (var i = 0; i < count; i++) texts.Add(reader.Text());
        return texts.DrainToImmutable();
    }

    private static ImmutableDictionary<string, string> ReadMetadata(ref RecordReader reader)
    {
        var count = reader.Count();
        if (count == 0) return ImmutableDictionary<string, string>.Empty;
        var metadata = ImmutableDictionary.CreateBuilder<string, string>();
        for (var i = 0; i < count; i++)
        {
            var key = reader.Text();
            metadata[key] = reader.Text();
        }
        return metadata.ToImmutable();
    }
}
