using System.Buffers;
using System.Collections.Immutable;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Records;

/// <summary>Puts entries into a frame, one behind the other; the content is referred to, never copied.</summary>
/// <remarks>
/// An entry is: kind 1, version 1, length 4 of what follows, and its fields. A message's entry begins with the length
/// and the CRC-32C of its envelope, then content length and checksum, then the envelope, then the content: so the
/// envelope can be read without the content, and can be trusted even where the content is damaged.
/// </remarks>
internal sealed class EntryWriter : IDisposable
{
    /// <summary>Bytes before the fields of an entry: kind, version, length.</summary>
    public const int HeaderSize = 6;

    /// <summary>The format of every kind of entry that this version writes and understands.</summary>
    public const byte Version = 1;

    private readonly RecordWriter _fields = new();
    private readonly RecordWriter _envelope = new();

    /// <summary>Adds a fact that is not an acceptance.</summary>
    public void Fact(Frame frame, JournalEntry entry)
    {
        switch (entry)
        {
            case JournalEntry.AttemptStarted started:
                Begin(EntryKind.AttemptStarted);
                OutcomeCodec.WriteStarted(_fields, started);
                break;
            case JournalEntry.Attempted attempted:
                Begin(EntryKind.Attempted);
                OutcomeCodec.WriteAttempted(_fields, attempted);
                break;
            case JournalEntry.Changed changed:
                Begin(EntryKind.Changed);
                OutcomeCodec.WriteChanged(_fields, changed);
                break;
            default:
                throw new ArgumentException($"Not a fact: {entry.GetType().Name}", nameof(entry));
        }
        End(frame, 0);
    }

    /// <summary>Adds a message that was taken.</summary>
    public void Accepted(Frame frame, AcceptedMessage message, in ContentToWrite content)
    {
        Begin(EntryKind.Accepted);
        Message(frame, message, content);
    }

    /// <summary>Adds a live message, copied with the state of its recipients.</summary>
    public void Carried(
        Frame frame, AcceptedMessage message, in ContentToWrite content, ImmutableArray<RecipientStanding> standing)
    {
        Begin(EntryKind.Carried);
        StandingCodec.WriteStandings(_fields, standing);
        Message(frame, message, content);
    }

    /// <summary>Adds the state of a live message's recipients.</summary>
    public void Standing(Frame frame, SpoolRecord.Standing standing)
    {
        Begin(EntryKind.Standing);
        _fields.Fixed128(standing.Message.Value);
        StandingCodec.WriteStandings(_fields, standing.Recipients);
        End(frame, 0);
    }

    /// <summary>Adds endings of recipients of finished messages.</summary>
    public void Ended(Frame frame, SpoolRecord.Ended ended)
    {
        Begin(EntryKind.Ended);
        StandingCodec.WriteEnded(_fields, ended);
        End(frame, 0);
    }

    /// <summary>Adds the farewell of segments.</summary>
    public void Dropped(Frame frame, SpoolRecord.Dropped dropped)
    {
        Begin(EntryKind.Dropped);
        StandingCodec.WriteDropped(_fields, dropped);
        End(frame, 0);
    }

    public void Dispose()
    {
        _fields.Dispose();
        _envelope.Dispose();
    }

    private void Message(Frame frame, AcceptedMessage message, in ContentToWrite content)
    {
        _envelope.Clear();
        EnvelopeCodec.Write(_envelope, message);
        _fields.Number(_envelope.Length);
        _fields.Fixed32(Crc32C.Of(_envelope.Written.Span));
        var length = checked((int)content.Inline.Length);
        _fields.Number(length);
        _fields.Fixed32(content.InlineCrc());
        _fields.Bool(content.Body is not null);
        if (content.Body is { } body)
        {
            _fields.Varint((ulong)body.Segment);
            _fields.Varint((ulong)body.Offset);
            _fields.Varint((ulong)body.Length);
            _fields.Fixed32(body.Checksum);
        }
        _fields.Bytes(_envelope.Written.Span);
        End(frame, length);
        foreach (var piece in content.Inline) frame.Refer(piece);
    }

    private void Begin(EntryKind kind)
    {
        _fields.Clear();
        _fields.Byte((byte)kind);
        _fields.Byte(Version);
        _fields.Fixed32(0); // the length, written by End
    }

    private void End(Frame frame, int contentLength)
    {
        _fields.Patch32(HeaderSize - sizeof(uint), (uint)(_fields.Length - HeaderSize + contentLength));
        frame.Write(_fields.Written.Span);
    }
}

/// <summary>What a message's entry says of its content.</summary>
/// <param name="Inline">Goes into the frame: all of it, or what stands before the body on disk.</param>
/// <param name="Body">The rest, in a content segment; null when all is inline.</param>
internal readonly record struct ContentToWrite(ReadOnlySequence<byte> Inline, ContentLocation? Body)
{
    /// <summary>CRC-32C of the inline bytes.</summary>
    public uint InlineCrc()
    {
        var state = Crc32C.Begin;
        foreach (var piece in Inline) state = Crc32C.Add(state, piece.Span);
        return Crc32C.Finish(state);
    }
}

/// <summary>
/// What an entry is. From 128 on: a reader that does not know the kind may skip it; below, it must not.
/// </summary>
internal enum EntryKind : byte
{
    /// <summary><see cref="SpoolRecord.Accepted"/>.</summary>
    Accepted = 1,

    /// <summary><see cref="JournalEntry.AttemptStarted"/>.</summary>
    AttemptStarted = 2,

    /// <summary><see cref="JournalEntry.Attempted"/>.</summary>
    Attempted = 3,

    /// <summary><see cref="JournalEntry.Changed"/>.</summary>
    Changed = 4,

    /// <summary><see cref="SpoolRecord.Carried"/>.</summary>
    Carried = 5,

    /// <summary><see cref="SpoolRecord.Standing"/>.</summary>
    Standing = 6,

    /// <summary><see cref="SpoolRecord.Ended"/>.</summary>
    Ended = 7,

    /// <summary><see cref="SpoolRecord.Dropped"/>.</summary>
    Dropped = 8,
}
