using Ekiden.Delivery.Bounces;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission;

namespace Ekiden.Server.Hosting;

/// <summary>The way of a notice through the one door in.</summary>
internal sealed class NoticeIntake(Intake intake, TimeProvider clock) : INoticeIntake
{
    public async ValueTask<JournalEntry.Accepted> PrepareAsync(Notice notice, CancellationToken cancel)
    {
        var content = intake.BeginNotice(notice.Content.Length);
        try
        {
            // To disk when no memory is left for mail.
            await content.WriteAsync(notice.Content, cancel);
            return Describe(notice, content);
        }
        catch
        {
            content.Dispose();
            throw;
        }
    }

    private JournalEntry.Accepted Describe(Notice notice, ReceivedContent content)
    {
        var client = new MailClient(MessageOrigin.Notice, notice.About.Account)
        {
            Session = "notice",
            Protocol = "local",
        };
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
