using System.Buffers;
using System.Collections.Immutable;
using CsCheck;
using Ekiden.Mail;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;
using Ekiden.Spool.Tests.Journal;

namespace Ekiden.Spool.Tests.Records;

/// <summary>What is written is read; what was not written is damage, never an exception.</summary>
public sealed class EntryTests
{
    private static readonly Gen<string> Word = Gen.String[Gen.Char['a', 'z'], 1, 12];
    private static readonly Gen<string> Text =
        Gen.String[Gen.OneOf(Gen.Char[' ', '~'], Gen.Const('駅'), Gen.Const('é')), 0, 60];
    private static readonly Gen<DateTimeOffset> Time =
        Gen.Long[0, DateTimeOffset.MaxValue.Ticks].Select(ticks => new DateTimeOffset(ticks, TimeSpan.Zero));

    private static readonly Gen<Mailbox> Box = Gen.Select(
        Word, Word, (local, domain) => Post.Box($"{local}@{domain}.example"));
    private static readonly Gen<EnvelopeRecipient> Recipient = Gen.Select(
        Box, Gen.Int[0, 15], Gen.Null(Text), (box, notify, original) =>
            new EnvelopeRecipient(box, (DsnNotify)notify, original));

    private static readonly Gen<Envelope> AnyEnvelope = Gen.Select(
        Gen.Null(Box), Recipient.Array[1, 20], Gen.Bool, Gen.Int[0, 2], Gen.Null(Text),
        (sender, recipients, flag, dsnReturn, id) => new Envelope(sender, [.. recipients])
        {
            EightBit = flag,
            SmtpUtf8 = !flag,
            RequireTls = flag,
            Return = (DsnReturn)dsnReturn,
            EnvelopeId = id,
        });

    private static readonly Gen<AcceptedMessage> AnyMessage = Gen.Select(
        AnyEnvelope, Time, Gen.Null(Box), Text.Array[0, 10], Gen.Dictionary(Word, Text)[0, 5], Gen.Byte.Array[0, 32],
            Gen.ULong,
        (envelope, time, path, tags, metadata, hash, number) => new AcceptedMessage
        {
            Id = new MessageId(new UInt128(number, ~number)),
            AcceptedAt = time,
            ExpiresAt = time,
            NotBefore = number % 2 == 0 ? time : null,
            Envelope = envelope,
            Origin = (MessageOrigin)(number % 5),
            Account = "acc_" + number,
            Stream = "bulk",
            ReturnPath = path,
            Tags = [.. tags],
            Metadata = metadata.ToImmutableDictionary(),
            IdempotencyKey = number % 3 == 0 ? "key" : null,
            RelaxedBodyHash = [.. hash],
            NoticeAbout = number % 5 == 0 ? Post.Id(7) : null,
        });

    private static readonly Gen<SmtpReply> Reply = Gen.Select(
        Gen.Int[200, 599], Gen.Int[0, 999], Text, (code, detail, text) =>
            new SmtpReply(code, detail % 3 == 0 ? null : new EnhancedStatus((byte)(code / 100), 1, (short)detail),
                text));

    private static readonly Gen<DeliveryOutcome> Outcome = Gen.OneOf(
        Reply.Select(reply => (DeliveryOutcome)new DeliveryOutcome.Delivered(reply)),
        Gen.Select(Gen.Int[0, 7], Gen.Null(Reply), Text, Gen.Bool, (reason, reply, text, duplicate) =>
            (DeliveryOutcome)new DeliveryOutcome.Deferred(
                (DeferralReason)reason, new EnhancedStatus(4, 4, 1), reply, text, duplicate)),
        Gen.Select(Gen.Int[0, 4], Gen.Null(Reply), Text, (reason, reply, text) =>
            (DeliveryOutcome)new DeliveryOutcome.Failed(
                (FailureReason)reason, new EnhancedStatus(5, 1, 1), reply, text)));

    private static readonly Gen<JournalEntry> Fact = Gen.OneOf(
        Gen.Select(Gen.Int[0, 99].Array[0, 9], Time, Text, (places, time, host) =>
            (JournalEntry)new JournalEntry.AttemptStarted(Post.Id(1), [.. places], time, host)),
        Gen.Select(Gen.Int[0, 99].Array[0, 9], Time, Gen.Int[0, 4], Text, (places, time, change, by) =>
            (JournalEntry)new JournalEntry.Changed(Post.Id(2), time, (QueueChange)change, [.. places], time, by)),
        Gen.Select(Time, Text, Gen.Select(Gen.Int[0, 99], Outcome, Time, Gen.Int[0, 1000]).Array[0, 9],
            (time, text, results) =>
            (JournalEntry)new JournalEntry.Attempted(
                Post.Id(3), time,
                new AttemptDetails(text, "192.0.2.1", "::1", "TLSv1.3", true, "eom",
                    TimeSpan.FromTicks(time.Ticks / 1000)),
                [.. results.Select(one => new RecipientResult(one.Item1, one.Item2, one.Item3, one.Item4))])));

    [Fact]
    public void A_message_is_read_as_it_was_written() => AnyMessage.Sample(message =>
    {
        var content = Post.Body(1);
        var payload = Payload((writer, frame) => writer.Accepted(frame, message, Content(content)));
        var entry = Assert.Single(ReadAll(payload));
        var accepted = Assert.IsType<SpoolRecord.Accepted>(entry.Record);
        Assert.Equal((0, payload.Length), (entry.Offset, entry.Length));
        Assert.Equal(content, payload.AsSpan(accepted.Content.InlineOffset, accepted.Content.InlineLength).ToArray());
        Assert.Equal(Crc32C.Of(content), accepted.Content.InlineCrc);
        AssertSame(message, accepted.Message);
    });

    [Fact]
    public void A_fact_is_read_as_it_was_written() => Fact.Sample(fact =>
    {
        var payload = Payload((writer, frame) => writer.Fact(frame, fact));
        var read = Assert.IsType<SpoolRecord.Fact>(Assert.Single(ReadAll(payload)).Record).Entry;
        Assert.Equal(payload, Payload((writer, frame) => writer.Fact(frame, read)));
        if (fact is JournalEntry.Attempted attempted)
        {
            Assert.Equal(attempted.Details, ((JournalEntry.Attempted)read).Details);
            Assert.Equal(attempted.Results.AsEnumerable(), ((JournalEntry.Attempted)read).Results);
        }
    });

    [Fact]
    public void Several_entries_share_a_frame() => Gen.Select(AnyMessage, Fact.Array[1, 5]).Sample((message, facts) =>
    {
        var payload = Payload((writer, frame) =>
        {
            foreach (var fact in facts) writer.Fact(frame, fact);
            writer.Accepted(frame, message, Content(Post.Body(2)));
        });
        var entries = ReadAll(payload);
        Assert.Equal(facts.Length + 1, entries.Count);
        Assert.Equal(payload.Length, entries[^1].Offset + entries[^1].Length);
        AssertSame(message, ((SpoolRecord.Accepted)entries[^1].Record).Message);
    });

    [Fact]
    public void Garbage_is_damage_and_nothing_else() => Gen.Byte.Array[0, 400].Sample(bytes =>
    {
        var entries = new List<EntryInFrame>();
        EntryReader.ReadAll(bytes, entries);
        EntryReader.ReadEnvelopes(bytes, entries);
    }, iter: 20_000);

    [Fact]
    public void A_changed_byte_never_throws() => Gen.Select(AnyMessage, Fact, Gen.Int[0, 9999], Gen.Byte).Sample(
        (message, fact, where, value) =>
        {
            var payload = Payload((writer, frame) =>
            {
                writer.Fact(frame, fact);
                writer.Carried(
                    frame, message, Content(Post.Body(3)),
                        [.. message.Envelope.Recipients.Select(_ => default(RecipientStanding))]);
            });
            payload[where % payload.Length] ^= value;
            var entries = new List<EntryInFrame>();
            EntryReader.ReadAll(payload, entries);
            EntryReader.ReadEnvelopes(payload, entries);
        });

    [Fact]
    public void An_envelope_is_read_where_only_the_content_is_damaged()
    {
        var payload = Payload((writer, frame) =>
            writer.Accepted(frame, Post.Message(5, "a@example.com"), Content(Post.Body(5))));
        payload[^10] ^= 1;
        var entries = new List<EntryInFrame>();
        EntryReader.ReadEnvelopes(payload.AsSpan(0, payload.Length - 5), entries);
        Assert.Equal(Post.Id(5), ((SpoolRecord.Accepted)Assert.Single(entries).Record).Message.Id);
    }

    [Fact]
    public void Text_of_a_peer_is_cut_at_one_kibibyte_between_characters()
    {
        var reply = new SmtpReply(450, null, new string('x', 1023) + "駅" + new string('y', 5000));
        var outcome = new DeliveryOutcome.Delivered(reply);
        var fact = new JournalEntry.Attempted(
            Post.Id(1), Post.Now, Post.Details, [new RecipientResult(0, outcome, Post.Now, 1)]);
        var payload = Payload((writer, frame) => writer.Fact(frame, fact));
        var read = (JournalEntry.Attempted)((SpoolRecord.Fact)Assert.Single(ReadAll(payload)).Record).Entry;
        Assert.Equal(new string('x', 1023), ((DeliveryOutcome.Delivered)read.Results[0].Outcome).Reply.Text);
    }

    [Theory]
    [InlineData(9, 1, EntryResult.TooNew)]
    [InlineData(127, 1, EntryResult.TooNew)]
    [InlineData(1, 2, EntryResult.TooNew)]
    [InlineData(128, 1, EntryResult.Whole)]
    [InlineData(255, 7, EntryResult.Whole)]
    [InlineData(0, 1, EntryResult.Damaged)]
    public void A_later_kind_must_be_understood_below_128(byte kind, byte version, object result) =>
        Assert.Equal((EntryResult)result, EntryReader.ReadAll([kind, version, 1, 0, 0, 0, 42], []));

    private static ContentToWrite Content(byte[] bytes) => new(new ReadOnlySequence<byte>(bytes), null);

    private static byte[] Payload(Action<EntryWriter, Frame> write)
    {
        using var writer = new EntryWriter();
        var frame = new FramePool().Rent();
        write(writer, frame);
        var pieces = new List<ReadOnlyMemory<byte>>();
        frame.Seal();
        frame.Place(pieces, new FrameLocation(1, 0, frame.Length), 1, 0);
        return [.. pieces.SelectMany(piece => piece.ToArray()).Skip(FrameHeader.Size).Take(frame.Length)];
    }

    private static List<EntryInFrame> ReadAll(byte[] payload)
    {
        var entries = new List<EntryInFrame>();
        Assert.Equal(EntryResult.Whole, EntryReader.ReadAll(payload, entries));
        return entries;
    }

    private static void AssertSame(AcceptedMessage expected, AcceptedMessage found)
    {
        Assert.Equal(expected.Envelope.Recipients.AsEnumerable(), found.Envelope.Recipients);
        Assert.Equal(expected.Envelope with { Recipients = [] }, found.Envelope with { Recipients = [] });
        Assert.Equal(expected.Tags.AsEnumerable(), found.Tags);
        Assert.Equal(expected.RelaxedBodyHash.AsEnumerable(), found.RelaxedBodyHash);
        Assert.Equal(expected.Metadata.Order(Pairs), found.Metadata.Order(Pairs));
        Assert.Equal(Plain(expected), Plain(found));
    }

    private static Comparer<KeyValuePair<string, string>> Pairs { get; } =
        Comparer<KeyValuePair<string, string>>.Create((a, b) => string.CompareOrdinal(a.Key, b.Key));

    private static AcceptedMessage Plain(AcceptedMessage message) => message with
    {
        Envelope = Post.Message(1, "a@example.com").Envelope with { Recipients = [] },
        Tags = [],
        RelaxedBodyHash = [],
        Metadata = ImmutableDictionary<string, string>.Empty,
    };
}
