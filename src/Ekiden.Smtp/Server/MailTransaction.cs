using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Server;

/// <summary>
/// One mail transaction, from MAIL to the end of data. A session holds at most one, and throws it away as a whole:
/// nothing of it is ever reset field by field (reliability B-R1).
/// </summary>
internal sealed class MailTransaction(SmtpCommand.Mail mail, Mailbox? sender)
{
    private readonly ImmutableArray<EnvelopeRecipient>.Builder _recipients =
        ImmutableArray.CreateBuilder<EnvelopeRecipient>(1);

    public Mailbox? Sender => sender;

    public bool SmtpUtf8 => mail.SmtpUtf8;

    public int RecipientCount => _recipients.Count;

    public void Add(EnvelopeRecipient recipient) => _recipients.Add(recipient);

    public Envelope ToEnvelope() => new(sender, _recipients.DrainToImmutable())
    {
        EightBit = mail.EightBit,
        SmtpUtf8 = mail.SmtpUtf8,
        RequireTls = mail.RequireTls,
        Return = mail.Return,
        EnvelopeId = mail.EnvelopeId,
    };
}
