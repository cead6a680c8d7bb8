using Ekiden.Spool.Tests.Disk;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>A journal on a simulated disk that lives a random life, beside a <see cref="SpoolModel"/> of it.</summary>
internal sealed class SpoolHistory(SimulatedDisk disk, int seed) : IAsyncDisposable
{
    private readonly Random _random = new(seed);
    private readonly FakeTimeProvider _time = new(Post.Now);
    private FileJournal? _journal;
    private int _last;

    public static JournalOptions Options { get; } = new("/spool")
    {
        SegmentSize = 8192,
        SnapshotEvery = 16 << 10,
        IsPlain = true,
        FreeFloorBytes = 0,
        FreeFloorPart = 0,
        HousekeepingEvery = TimeSpan.FromDays(1),
        CompactBelow = 0.4,
        ContentMemory = 1 << 20,
        FreshMemory = 2000,
    };

    public SpoolModel Model { get; } = new();

    public FileJournal Journal => _journal ??= FileJournal.Open(Options, disk, _time, NullLoggerFactory.Instance);

    /// <summary>One thing happens.</summary>
    public async Task StepAsync()
    {
        switch (_random.Next(100))
        {
            case < 25:
                await AcceptAsync();
                break;
            case < 80 when Model.Messages.Count > 0:
                await HappenAsync();
                break;
            case < 85:
                await Journal.Housekeeper.PassAsync(CancellationToken.None);
                break;
            case < 90:
                await Journal.Housekeeper.TakeSnapshotAsync(CancellationToken.None);
                break;
            case < 93:
                await Journal.Parts.Log.SealActiveAsync();
                break;
            case < 96:
                await RestartAsync(withSnapshot: _random.Next(2) == 0);
                break;
            default:
                await FinishAsync();
                break;
        }
    }

    /// <summary>The process ends in an orderly way and starts again, by the snapshot or by the whole journal.</summary>
    public async Task RestartAsync(bool withSnapshot)
    {
        await Journal.DisposeAsync();
        _journal = null;
        if (!withSnapshot && disk.List("/spool").Any(file => file.Name == "snapshot")) disk.Delete("/spool/snapshot");
        _ = Journal;
        Model.Restart();
    }

    /// <summary>The index says what the model says, and every message can be read.</summary>
    public async Task CheckAsync(string when)
    {
        var index = Journal.Index;
        var (expected, found) = (Model.ToString().Split('\n'), SpoolModel.Text(index).Split('\n'));
        Assert.True(expected.SequenceEqual(found), $"seed {seed}, {when}: " +
            $"missing\n{string.Join('\n', expected.Except(found))}\nunexpected\n" +
            $"{string.Join('\n', found.Except(expected))}");
        Assert.Equal(0, index.Accounting.Gap);
        foreach (var message in Model.Messages.Keys)
        {
            var text = await Journal.ReadAsync(Post.Id(message));
            Assert.Equal(System.Text.Encoding.ASCII.GetString(Post.Body(message, SizeOf(message))), text);
        }
    }

    public async ValueTask DisposeAsync()
    {
        if (_journal is { } journal) await journal.DisposeAsync();
    }

    private static int SizeOf(int message) => 100 + (message * 37 % 700);

    private async Task AcceptAsync()
    {
        var message = ++_last;
        var recipients = 1 + _random.Next(4);
        var addresses = Enumerable.Range(0, recipients).Select(place => $"r{place}@d{(message + place) % 7}.example");
        await Journal.AcceptAsync(Post.Message(message, [.. addresses]), Post.Body(message, SizeOf(message)));
        Model.Accept(message, recipients);
    }

    // Most messages end sooner or later; the oldest more often, so that segments empty.
    private async Task FinishAsync()
    {
        foreach (var (message, recipients) in Model.Messages.Take(Model.Messages.Count / 2).ToArray())
        {
            for (var place = 0; place < recipients.Length; place++)
            {
                if (recipients[place].State >= RecipientState.Delivered) continue;
                await Journal.DeliverAsync(Post.Id(message), place);
                Model.Finish(message, place, RecipientState.Delivered);
            }
        }
    }

    private async Task HappenAsync()
    {
        var message = Model.Messages.Keys.ElementAt(_random.Next(Model.Messages.Count));
        var id = Post.Id(message);
        var places = Model.Messages[message].Select((one, at) => (one.State, At: at));
        var unfinished = places.Where(one => one.State < RecipientState.Delivered).Select(one => one.At).ToArray();
        var place = unfinished[_random.Next(unfinished.Length)];
        switch (_random.Next(8))
        {
            case 0 or 1:
                await Journal.StartAsync(id, place);
                Model.Start(message, place);
                break;
            case 2 or 3:
                await Journal.DeliverAsync(id, place);
                Model.Finish(message, place, RecipientState.Delivered);
                break;
            case 4 or 5:
                var due = Post.Now + TimeSpan.FromMinutes(_random.Next(600));
                await Journal.DeferAsync(id, due, place);
                Model.Defer(message, place, due);
                break;
            case 6:
                await Journal.ChangeAsync(id, QueueChange.Hold, place);
                Model.Hold(message, place);
                if (_random.Next(2) == 0) break;
                await Journal.ChangeAsync(id, QueueChange.Release, place);
                Model.Release(message, place);
                break;
            default:
                await Journal.ChangeAsync(id, QueueChange.Cancel, place);
                Model.Finish(message, place, RecipientState.Cancelled);
                break;
        }
    }
}
