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
