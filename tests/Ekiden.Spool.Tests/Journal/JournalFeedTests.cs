using System.Text;
using Ekiden.Spool.Following;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>
/// A reader behind the writer sees every fact once, in order, whenever it looks, and only what is flushed.
/// </summary>
public sealed class JournalFeedTests : IDisposable
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-feed-");

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task Facts_come_in_the_order_of_the_journal()
    {
        await using var journal = Open();
        var feed = journal.Follow(default);
        await journal.AcceptAsync(Post.Message(1, "a@example.org", "b@example.org"), Post.Body(1));
        await journal.StartAsync(Post.Id(1), 0, 1);
        await journal.DeliverAsync(Post.Id(1), 0);
        await journal.ChangeAsync(Post.Id(1), QueueChange.Cancel, 1);
        var seen = ReadAll(feed);
        Assert.Equal(["accepted 1", "started 1", "attempted 1", "Cancel 1"], seen.Facts);
        Assert.Contains("Subject: message 1", seen.Heads[0], StringComparison.Ordinal);
        Assert.False(feed.Read(seen, 1 << 20));
        Assert.Equal(0, feed.Behind);
    }

    [Fact]
    public async Task What_is_only_written_is_not_shown_before_it_is_flushed()
    {
        await using var journal = Open();
        var feed = journal.Follow(default);
        await journal.AcceptAsync(Post.Message(1, "a@example.org"), Post.Body(1));
        ReadAll(feed);
        await journal.StartAsync(Post.Id(1), 0);
        Assert.Empty(ReadAll(feed).Facts);
        await journal.AcceptAsync(Post.Message(2, "a@example.org"), Post.Body(2));
        Assert.Equal(["started 1", "accepted 2"], ReadAll(feed).Facts);
    }

    [Fact]
    public async Task A_reader_goes_on_where_it_was_after_a_restart()
    {
        JournalPosition position;
        await using (var journal = Open())
        {
            var feed = journal.Follow(default);
            await journal.AcceptAsync(Post.Message(1, "a@example.org"), Post.Body(1));
            ReadAll(feed);
            position = feed.Next;
            await journal.AcceptAsync(Post.Message(2, "a@example.org"), Post.Body(2));
        }
        await using var again = Open();
        var later = again.Follow(position);
        Assert.Equal(["accepted 2"], ReadAll(later).Facts);
        await again.AcceptAsync(Post.Message(3, "a@example.org"), Post.Body(3));
        Assert.Equal(["accepted 3"], ReadAll(later).Facts);
    }

    [Fact]
    public async Task It_reads_across_segments_in_small_steps_and_large_messages_too()
    {
        await using var journal = Open(segmentSize: 1 << 20);
        var feed = journal.Follow(default);
        var expected = new List<string>();
        for (var number = 1; number <= 60; number++)
        {
            var size = number % 7 == 0 ? 200_000 : number % 11 == 0 ? 400_000 : 3_000;
            await journal.AcceptAsync(Post.Message(number, "a@example.org"), Post.Body(number, size));
            await journal.DeferAsync(Post.Id(number), Post.Now, 0);
            expected.Add($"accepted {number}");
            expected.Add($"attempted {number}");
        }
        await journal.AcceptAsync(Post.Message(61, "a@example.org"), Post.Body(61)); // flushes what is before it
        expected.Add("accepted 61");
        Assert.True(journal.Parts.Log.Segments.Count > 1);
        Assert.Equal(expected, ReadAll(feed, step: 10_000).Facts);
    }

    [Fact]
    public async Task Segments_stay_until_the_reader_has_passed_them()
    {
        await using var journal = Open(segmentSize: 64 << 10);
        var feed = journal.Follow(default);
        for (var number = 1; number <= 40; number++)
        {
            await journal.AcceptAsync(Post.Message(number, "a@example.org"), Post.Body(number, 10_000));
            await journal.DeliverAsync(Post.Id(number), 0);
        }
        await journal.Parts.Log.SealActiveAsync();
        await journal.Housekeeper.PassAsync(CancellationToken.None);
        var kept = journal.Parts.Log.Segments.Count;
        Assert.Equal(80, ReadAll(feed).Facts.Count);
        Assert.Equal(kept, journal.Parts.Log.Segments.Count);
        feed.Pass(feed.Next);
        await journal.Housekeeper.PassAsync(CancellationToken.None);
        Assert.True(journal.Parts.Log.Segments.Count < kept);
    }

    [Fact]
    public async Task A_damaged_frame_is_told_and_the_next_one_is_read()
    {
        await using var journal = Open();
        var feed = journal.Follow(default);
        await journal.AcceptAsync(Post.Message(1, "a@example.org"), Post.Body(1));
        ReadAll(feed);
        var damaged = feed.Next;
        await journal.AcceptAsync(Post.Message(2, "a@example.org"), Post.Body(2));
        await journal.AcceptAsync(Post.Message(3, "a@example.org"), Post.Body(3));
        var path = Path.Join(_folder.FullName, "spool", "log", $"{damaged.Segment:x16}.segment");
        await using (var file = new FileStream(path, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite))
        {
            file.Position = damaged.Offset;
            file.WriteByte(0);
        }
        var seen = ReadAll(feed);
        Assert.Equal(["accepted 3"], seen.Facts);
        Assert.Equal(1, seen.Losses);
    }

    private FileJournal Open(int segmentSize = 8 << 20) => FileJournal.Open(
        new JournalOptions(Path.Join(_folder.FullName, "spool"))
        {
            SegmentSize = segmentSize,
            FreeFloorBytes = 0,
            FreeFloorPart = 0,
            IsPlain = true,
            HousekeepingEvery = TimeSpan.FromHours(1),
        },
        TimeProvider.System, NullLoggerFactory.Instance);

    private static Seen ReadAll(JournalFeed feed, int step = 1 << 20)
    {
        var seen = new Seen();
        while (feed.Read(seen, step)) { }
        return seen;
    }

    private sealed class Seen : IJournalVisitor
    {
        public List<string> Facts { get; } = [];

        public List<string> Heads { get; } = [];

        public int Losses { get; private set; }

        public void Begin(JournalPosition at)
        {
        }

        public void Accepted(AcceptedMessage message, ReadOnlySpan<byte> head)
        {
            Facts.Add($"accepted {Number(message.Id)}");
            Heads.Add(Encoding.ASCII.GetString(head));
        }

        public void Happened(JournalEntry entry) => Facts.Add(entry switch
        {
            JournalEntry.AttemptStarted started => $"started {Number(started.Message)}",
            JournalEntry.Attempted attempted => $"attempted {Number(attempted.Message)}",
            JournalEntry.Changed changed => $"{changed.Change} {Number(changed.Message)}",
            _ => "other",
        });

        public void Lost(JournalPosition at, string why) => Losses++;

        private static uint Number(Mail.MessageId id) => (uint)id.Value;
    }
}
