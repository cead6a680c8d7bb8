using System.Buffers;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Delivery.Attempts;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests;

/// <summary>How often a message is signed: DESIGN §11.</summary>
public sealed class SignatureTests : IMessageSigner
{
    private readonly FakeTimeProvider _clock = new();
    private int _signed;

    ReadOnlyMemory<byte> IMessageSigner.Sign(AcceptedMessage message, MessageContent content) =>
        new byte[] { (byte)++_signed };

    [Fact]
    public void Recipients_of_one_message_share_a_signature_for_five_minutes()
    {
        var memory = new SignatureMemory(this, _clock);
        var message = Message("a@b.test", "c@d.test");
        using var content = new MemoryContent();
        Assert.Equal(1, memory.Sign(message, content).Span[0]);
        _clock.Advance(SignatureMemory.Lifetime - TimeSpan.FromTicks(1));
        Assert.Equal(1, memory.Sign(message, content).Span[0]);
        _clock.Advance(TimeSpan.FromTicks(1));
        Assert.Equal(2, memory.Sign(message, content).Span[0]);
    }

    [Fact]
    public void Another_message_gets_a_signature_of_its_own()
    {
        var memory = new SignatureMemory(this, _clock);
        using var content = new MemoryContent();
        Assert.Equal(1, memory.Sign(Message("a@b.test", "c@d.test"), content).Span[0]);
        Assert.Equal(2, memory.Sign(Message("a@b.test", "c@d.test"), content).Span[0]);
    }

    [Fact]
    public void Beyond_ten_thousand_messages_the_oldest_is_signed_anew()
    {
        var memory = new SignatureMemory(this, _clock);
        using var content = new MemoryContent();
        var messages = Enumerable.Range(0, SignatureMemory.Capacity)
            .Select(_ => Message("a@b.test", "c@d.test")).ToArray();
        foreach (var message in messages) memory.Sign(message, content);
        memory.Sign(messages[0], content);
        Assert.Equal(SignatureMemory.Capacity, _signed);

        memory.Sign(Message("a@b.test", "c@d.test"), content);
        memory.Sign(messages[1], content);
        Assert.Equal(SignatureMemory.Capacity + 1, _signed);
        memory.Sign(messages[0], content);
        Assert.Equal(SignatureMemory.Capacity + 2, _signed);
    }

    [Fact]
    public async Task A_key_that_cannot_be_used_defers_the_message_until_it_can()
    {
        var keys = new FailsOnce();
        await using var world = new DeliveryWorld(signer: keys);
        world.Accept("anna@example.net");
        await world.ResultsAsync(1);
        Assert.Empty(world.Servers.Sent);
        Assert.IsType<DeliveryOutcome.Deferred>(world.Outcomes.Single());

        await world.RetryAsync();
        Assert.IsType<DeliveryOutcome.Delivered>(world.Outcomes.Last());
        var sent = Assert.Single(world.Servers.Sent).Message;
        Assert.True(sent.Content.TryGetBuffered(out var bytes));
        Assert.StartsWith("DKIM-Signature: x\r\nFrom:", Encoding.ASCII.GetString(bytes), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Signatures_stand_in_front_of_content_in_memory_and_on_disk(bool isOnDisk)
    {
        using var content = new Pieces(["one, "u8.ToArray(), "two"u8.ToArray()], isOnDisk);
        var prefixed = new PrefixedContent("zero, "u8.ToArray(), content);
        Assert.Equal(!isOnDisk, prefixed.TryGetBuffered(out var buffered));
        if (!isOnDisk) Assert.Equal("zero, one, two", Encoding.ASCII.GetString(buffered));
        var read = new StringBuilder();
        await foreach (var piece in prefixed.ReadAsync(TestContext.Current.CancellationToken))
            read.Append(Encoding.ASCII.GetString(piece.Span));
        Assert.Equal("zero, one, two", read.ToString());
    }

    private sealed class FailsOnce : IMessageSigner
    {
        private int _asked;

        public ReadOnlyMemory<byte> Sign(AcceptedMessage message, MessageContent content) =>
            Interlocked.Increment(ref _asked) == 1
                ? throw new CryptographicException("the key does not open")
                : "DKIM-Signature: x\r\n"u8.ToArray();
    }

    /// <summary>A committed content in pieces.</summary>
    private sealed class Pieces(byte[][] pieces, bool isOnDisk) : MessageContent
    {
        public override long Length => pieces.Sum(piece => piece.Length);

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
            throw new InvalidOperationException("committed");

        public override void SetPrefix(ReadOnlyMemory<byte> headerFields) =>
            throw new InvalidOperationException("committed");

        public override ReadOnlyMemory<byte> Head(int length) => pieces[0].AsMemory(0, length);

        public override bool TryGetBuffered(out ReadOnlySequence<byte> content)
        {
            content = isOnDisk ? default : new ReadOnlySequence<byte>([.. pieces.SelectMany(piece => piece)]);
            return !isOnDisk;
        }

        public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
            [EnumeratorCancellation] CancellationToken cancel)
        {
            await Task.CompletedTask;
            foreach (var piece in pieces) yield return piece;
        }

        protected override void Dispose(bool disposing)
        {
        }
    }

    private AcceptedMessage Message(params string[] recipients) => new()
    {
        Id = MessageId.Create(_clock),
        AcceptedAt = _clock.GetUtcNow(),
        Envelope = new Envelope(null, [.. recipients.Select(Recipient)]),
        Origin = MessageOrigin.Api,
        Account = "a",
        Stream = "transactional",
        ExpiresAt = _clock.GetUtcNow() + TimeSpan.FromDays(1),
    };

    private static EnvelopeRecipient Recipient(string address)
    {
        Assert.True(Mailbox.TryParse(address, out var mailbox));
        return new EnvelopeRecipient(mailbox);
    }
}
