using Ekiden.Delivery.Bounces;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission;

namespace Ekiden.Server.Hosting;

/// <summary>The way of a notice through the one door in.</summary>
internal sealed class NoticeIntake(Intake intake, TimeProvider clock) : INoticeIntake
{
    public JournalEntry.Accepted Prepare(Notice notice)
    {
        var content = intake.BeginNotice(notice.Content.Length);
        // A notice is small: it moves to disk only when no memory is left for mail, and then the attempt is made again.
        if (!content.WriteAsync(notice.Content, CancellationToken.None).AsTask().IsCompletedSuccessfully)
            throw new SpoolFullException("There is no memory for a notice");
        var client = new MailClient(
            MessageOrigin.Notice, notice.About.Account)
        { Session = "notice", Protocol = "local" };
        var envelope = new Envelope(null, [new EnvelopeRecipient(notice.To, DsnNotify.Never)])
        {
            SmtpUtf8 = notice.SmtpUtf8,
            EightBit = notice.EightBit,
        };
        var incoming = new IncomingMessage(client, envelope, content)
        {
            ExpiresIn = notice.ExpiresAt - clock.GetUtcNow(),
        };
        return intake.PrepareNotice(incoming, notice.Id, notice.About.Id);
    }
}
