using System.Security.Cryptography;
using Ekiden.Delivery.Bounces;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Server.Hosting;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Server.Tests.Hosting;

public sealed class NoticeIntakeTests : IDisposable
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-notice-");

    public void Dispose() => _folder.Delete(recursive: true);

    // A returned message is larger than what is kept when memory is short.
    [Theory]
    [InlineData(1 << 10)]
    [InlineData(200 << 10)]
    public async Task A_notice_goes_to_disk_when_no_memory_is_left(int size)
    {
        var cancel = TestContext.Current.CancellationToken;
        await using var directory = await AccountDirectory.OpenAsync(
            Path.Combine(_folder.FullName, AccountDirectory.FileName), TimeProvider.System,
            RandomNumberGenerator.Create(), NullLogger<AccountDirectory>.Instance, cancel);
        await using var journal = FileJournal.Open(
            new JournalOptions(Path.Combine(_folder.FullName, "spool")) { ContentMemory = 0, FreeFloorPart = 0 },
            TimeProvider.System, NullLoggerFactory.Instance);
        var intake = new Intake(
            journal, directory,
            new IntakeOptions { HostName = "relay.test", InstallationId = "x", Local = new LocalDomains([], []) },
            TimeProvider.System, NullLogger<Intake>.Instance);
        var text = "From: <>\r\nSubject: notice\r\n\r\n" + new string('x', size) + "\r\n";
        var notice = Notice(System.Text.Encoding.ASCII.GetBytes(text));

        var entry = await new NoticeIntake(intake, TimeProvider.System).PrepareAsync(notice, cancel);
        await journal.CommitAsync([entry], Durability.Flushed, cancel);
        using var stored = await journal.OpenAsync(notice.Id, cancel);
        Assert.NotNull(stored);
        Assert.Equal(notice.About.Id, stored.Message.NoticeAbout);
        var read = new List<byte>();
        await foreach (var piece in stored.Content.ReadAsync(cancel)) read.AddRange(piece.Span);
        Assert.EndsWith(text[text.IndexOf("Subject", StringComparison.Ordinal)..],
            System.Text.Encoding.ASCII.GetString([.. read]), StringComparison.Ordinal);
    }

    private static Notice Notice(byte[] content)
    {
        Assert.True(Mailbox.TryParse("sender@a.test", out var sender));
        var about = new AcceptedMessage
        {
            Id = MessageId.Create(TimeProvider.System),
            AcceptedAt = DateTimeOffset.UnixEpoch,
            Envelope = new Envelope(sender, [new EnvelopeRecipient(sender)]),
            Origin = MessageOrigin.Submission,
            Account = "acc_1",
            Stream = "transactional",
            ExpiresAt = DateTimeOffset.UnixEpoch,
        };
        return new Notice(MessageId.Create(TimeProvider.System), about, NoticeKind.Failure, content)
        {
            To = sender,
            ExpiresAt = TimeProvider.System.GetUtcNow() + TimeSpan.FromDays(2),
        };
    }
}
