using Ekiden.Directory.Suppressions;
using Ekiden.Spool;

namespace Ekiden.Delivery.Tests;

/// <summary>Mail that was queued before its address came onto a list does not leave either (api.md §3).</summary>
public sealed class SuppressionTests : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-suppressed-");
    private readonly SuppressionList _list;

    public SuppressionTests() =>
        _list = SuppressionList.Open(Path.Combine(_folder.FullName, SuppressionList.FileName), TimeProvider.System);

    public async ValueTask DisposeAsync()
    {
        await _list.DisposeAsync();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task A_recipient_on_the_list_is_not_tried_and_the_others_of_its_message_are()
    {
        await using var world = new DeliveryWorld(suppressions: _list);
        Add("listed@example.net");
        world.Accept("anna@example.net", "listed@example.net");
        await world.ResultsAsync(1);
        await world.KeepGoingAsync(world.Journal.WaitForAsync(
            history => history.OfType<JournalEntry.Changed>().Any()));
        Assert.Equal(0, Assert.Single(world.Results).Recipient);
        Assert.Equal([1], Assert.Single(world.Journal.History.OfType<JournalEntry.Changed>()).Recipients);
        IsAccounted(world, delivered: 1, suppressed: 1);
    }

    [Fact]
    public async Task A_deferred_recipient_that_comes_onto_the_list_is_not_tried_again()
    {
        await using var world = new DeliveryWorld(suppressions: _list);
        world.Servers.OnSend = transaction => new(transaction.Refused(450, "4.2.1", "Later"));
        world.Accept("later@example.net");
        await world.ResultsAsync(1);
        Add("later@example.net");
        world.Clock.Advance(TimeSpan.FromMinutes(10));
        await world.KeepGoingAsync(world.Journal.WaitForAsync(
            history => history.OfType<JournalEntry.Changed>().Any()));
        Assert.Single(world.Results);
        Assert.Empty(world.Notices);
        IsAccounted(world, delivered: 0, suppressed: 1);
    }

    private static void IsAccounted(DeliveryWorld world, int delivered, int suppressed)
    {
        var accounting = world.Journal.Index.Accounting;
        Assert.Equal(
            (delivered, suppressed, 0L, 0L),
            ((int)accounting.Delivered, (int)accounting.Suppressed, accounting.Waiting, accounting.Gap));
    }

    private void Add(string email) => _list.Add(
    [
        new Suppression
        {
            Email = email, Account = "default", Kind = SuppressionKind.Complaint, Source = "arf",
            FirstAt = default, LastAt = default, CreatedBy = "complaint",
        },
    ]);
}
