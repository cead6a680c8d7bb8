using System.Text;
using Ekiden.Mail;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Journal;

public sealed class FileJournalTests : IDisposable
{
    private readonly DirectoryInfo _directory = System.IO.Directory.CreateTempSubdirectory("ekiden-spool-");
    private readonly FakeTimeProvider _time = new(Post.Now);

    public void Dispose() => _directory.Delete(recursive: true);

    [Fact]
    public async Task A_message_is_there_after_a_restart()
    {
        var body = Post.Body(1);
        await using (var journal = Open())
        {
            await journal.AcceptAsync(Post.Message(1, "a@example.com", "b@example.net"), body);
            Assert.Equal(Encoding.ASCII.GetString(body), await journal.ReadAsync(Post.Id(1)));
        }
        await using (var journal = Open())
        {
            var queue = new TestQueue();
            journal.Attach(queue);
            Assert.Equal(2, queue.Slots.Length);
            Assert.Equal(Encoding.ASCII.GetString(body), await journal.ReadAsync(Post.Id(1)));
            Assert.Equal(["example.com", "example.net"], journal.Index.FindMessage(Post.Id(1))
                .Select(recipient => journal.Index.DomainName(recipient.Domain)));
        }
    }

    [Fact]
    public async Task The_last_outcome_of_each_recipient_is_read_from_the_log()
    {
        var early = new DeliveryOutcome.Deferred(
            DeferralReason.Reply, new EnhancedStatus(4, 2, 1), SmtpReply.Of(450, "4.2.1", "Busy"), "", false);
        var late = early with { Reply = SmtpReply.Of(451, "4.7.1", "Slower, please") };
        await using (var journal = Open())
        {
            await journal.AcceptAsync(Post.Message(1, "a@example.com", "b@example.com", "c@example.com"), Post.Body(1));
            Assert.Null(journal.LastOutcome(journal.Index.FindMessage(Post.Id(1))[0]));
            await ConcludeAsync(journal, early, 0, 1);
            await ConcludeAsync(journal, late, 1);
            Check(journal);
        }
        await using (var journal = Open()) Check(journal);

        void Check(FileJournal journal) => Assert.Equal(
            [early, late, null], journal.Index.FindMessage(Post.Id(1)).Select(one => journal.LastOutcome(one)));
    }

    private static Task ConcludeAsync(FileJournal journal, DeliveryOutcome outcome, params int[] places) =>
        journal.CommitAsync(
            [new JournalEntry.Attempted(Post.Id(1), Post.Now, Post.Details,
                [.. places.Select(place => new RecipientResult(place, outcome, Post.Now, 1))])],
            Durability.Soon, CancellationToken.None).AsTask();

    [Fact]
    public async Task A_finished_message_leaves_the_index_and_does_not_come_back()
    {
        await using (var journal = Open())
        {
            await journal.AcceptAsync(Post.Message(1, "a@example.com", "b@example.net"), Post.Body(1));
            await journal.DeliverAsync(Post.Id(1), 0);
            Assert.Equal(RecipientState.Delivered, journal.Index.FindMessage(Post.Id(1))[0].State);
            await journal.DeliverAsync(Post.Id(1), 1);
            Assert.Empty(journal.Index.FindMessage(Post.Id(1)));
            Assert.Null(await journal.ReadAsync(Post.Id(1)));
        }
        await using (var journal = Open())
        {
            Assert.Empty(journal.Index.FindMessage(Post.Id(1)));
            Assert.Equal(2, journal.Index.Accounting.Delivered);
            Assert.Equal(0, journal.Index.Accounting.Gap);
        }
    }

    [Fact]
    public async Task A_large_body_goes_to_a_content_segment_and_comes_back()
    {
        var body = Post.Body(7, 1_000_000);
        var prefix = "Received: from somewhere\r\n"u8.ToArray();
        await using (var journal = Open())
        {
            using var content = journal.NewContent(body.Length);
            foreach (var piece in body.Chunk(10_000)) await content.WriteAsync(piece, CancellationToken.None);
            Assert.False(content.TryGetBuffered(out _));
            content.SetPrefix(prefix);
            await journal.CommitAsync(
                [new JournalEntry.Accepted(Post.Message(7, "a@example.com"), content)],
                Durability.Flushed, CancellationToken.None);
        }
        await using (var journal = Open())
        {
            using (var stored = await journal.OpenAsync(Post.Id(7), CancellationToken.None))
            {
                Assert.NotNull(stored);
                Assert.Equal(prefix.Length + body.Length, stored.Content.Length);
                Assert.Equal("Received: from somewhere\r\nSubject: message 7",
                    Encoding.ASCII.GetString(stored.Content.Head(1000).Span)[..44]);
            }
            Assert.Equal(
                Encoding.ASCII.GetString(prefix) + Encoding.ASCII.GetString(body), await journal.ReadAsync(Post.Id(7)));
            await journal.DeliverAsync(Post.Id(7), 0);
            await journal.Housekeeper.PassAsync(CancellationToken.None);
            Assert.All(journal.Parts.Contents.Segments, segment => Assert.Equal(0, segment.Length));
        }
    }

    [Fact]
    public async Task A_second_process_is_refused()
    {
        await using var journal = Open();
        Assert.Throws<SpoolInUseException>(Open);
    }

    [Fact]
    public async Task A_deferred_recipient_is_offered_again_with_its_new_due_time()
    {
        await using var journal = Open();
        var queue = new TestQueue();
        journal.Attach(queue);
        await journal.AcceptAsync(Post.Message(1, "a@example.com"), Post.Body(1));
        var slot = Assert.Single(queue.Take());
        Assert.True(journal.Index.TryClaim(slot));
        Assert.False(journal.Index.TryClaim(slot));
        Assert.Equal(RecipientState.InAttempt, journal.Index.Get(slot).State);
        await journal.StartAsync(Post.Id(1), 0);
        await journal.DeferAsync(Post.Id(1), Post.Now + TimeSpan.FromMinutes(5), 0);
        Assert.Equal(slot, Assert.Single(queue.Take()));
        var recipient = journal.Index.Get(slot);
        Assert.Equal(RecipientState.Waiting, recipient.State);
        Assert.Equal(Post.Now + TimeSpan.FromMinutes(5), recipient.Due);
        Assert.Equal(DeferralReason.Reply, recipient.LastReason);
        Assert.Equal(1, recipient.Attempts);
    }

    [Fact]
    public async Task An_attempt_that_the_process_did_not_survive_may_be_a_duplicate()
    {
        await using (var journal = Open())
        {
            await journal.AcceptAsync(Post.Message(1, "a@example.com", "b@example.com"), Post.Body(1));
            await journal.StartAsync(Post.Id(1), 0);
        }
        await using (var journal = Open())
        {
            var recipients = journal.Index.FindMessage(Post.Id(1));
            Assert.Equal([true, false], recipients.Select(recipient => recipient.PossibleDuplicate));
            Assert.All(recipients, recipient => Assert.Equal(RecipientState.Waiting, recipient.State));
            await journal.DeferAsync(Post.Id(1), Post.Now, 0);
            Assert.False(journal.Index.FindMessage(Post.Id(1))[0].PossibleDuplicate);
        }
    }

    private FileJournal Open() => FileJournal.Open(
        new JournalOptions(_directory.FullName) { FreeFloorBytes = 0, FreeFloorPart = 0 }, _time,
        NullLoggerFactory.Instance);
}
