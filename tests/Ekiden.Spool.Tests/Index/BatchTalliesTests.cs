using Ekiden.Mail;
using Ekiden.Spool.Index;
using Ekiden.Spool.Records;

namespace Ekiden.Spool.Tests.Index;

/// <summary>The numbers of a batch are the same before and after segments went, and after a restart.</summary>
public sealed class BatchTalliesTests
{
    private static readonly BatchId Batch = new(7);
    private static readonly BatchId Other = new(8);

    [Fact]
    public void What_ended_in_a_segment_that_goes_is_said_again()
    {
        var tallies = new BatchTallies();
        Finish(tallies, Batch, segment: 1, delivered: 3);
        Finish(tallies, Batch, segment: 2, delivered: 2);
        Finish(tallies, Other, segment: 1, delivered: 1);
        var told = tallies.TotalsWithout([1]);
        tallies.Drop([1], told);
        Assert.Equal(5, tallies.Of(Batch).Delivered);

        // A replay without the first segment: what is left of it is in the record that dropped it.
        var replayed = new BatchTallies();
        replayed.Drop([1], told);
        Finish(replayed, Batch, segment: 2, delivered: 2);
        Assert.Equal(tallies.Of(Batch), replayed.Of(Batch));
        Assert.Equal(tallies.Of(Other), replayed.Of(Other));

        // A replay that still finds the segment counts nothing twice.
        var whole = new BatchTallies();
        Finish(whole, Batch, segment: 1, delivered: 3);
        Finish(whole, Other, segment: 1, delivered: 1);
        whole.Drop([1], told);
        Finish(whole, Batch, segment: 2, delivered: 2);
        Assert.Equal(tallies.Of(Batch), whole.Of(Batch));
    }

    [Fact]
    public void A_snapshot_brings_everything_back_and_the_next_drop_says_the_same()
    {
        var tallies = new BatchTallies();
        Finish(tallies, Batch, segment: 1, delivered: 3);
        tallies.Drop([1], tallies.TotalsWithout([1]));
        Finish(tallies, Batch, segment: 2, delivered: 2);
        var restored = new BatchTallies();
        foreach (var row in tallies.Copy()) restored.Restore(row);
        Assert.Equal(tallies.Of(Batch), restored.Of(Batch));
        Assert.Equal(tallies.TotalsWithout([2]), restored.TotalsWithout([2]));
    }

    [Fact]
    public void A_batch_that_is_forgotten_is_carried_no_further()
    {
        var tallies = new BatchTallies();
        Finish(tallies, Batch, segment: 1, delivered: 3);
        tallies.Forget(Batch);
        Assert.Equal(default, tallies.Of(Batch));
        Assert.Empty(tallies.TotalsWithout([1]));
    }

    [Fact]
    public void Mail_of_no_batch_is_counted_nowhere()
    {
        var tallies = new BatchTallies();
        Assert.Equal(0, tallies.Use(null));
        Assert.Null(tallies[0]);
        tallies.Count(0, new Totals { Accepted = 1 });
        tallies.Finish(0, 1, new Totals { Accepted = 1 });
        Assert.Empty(tallies.TotalsWithout([1]));
    }

    private static void Finish(BatchTallies tallies, BatchId batch, int segment, long delivered)
    {
        var number = tallies.Use(batch);
        var totals = new Totals { Accepted = delivered, Delivered = delivered };
        tallies.Count(number, totals);
        tallies.Finish(number, segment, totals);
    }
}
