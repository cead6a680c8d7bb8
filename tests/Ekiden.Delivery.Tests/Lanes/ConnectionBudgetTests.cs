using CsCheck;
using Ekiden.Delivery.Lanes;

namespace Ekiden.Delivery.Tests.Lanes;

public sealed class ConnectionBudgetTests
{
    // Issue 3: never exceeded; at most a quarter before the banner; bulk leaves a fifth.
    [Fact]
    public void The_budget_is_never_exceeded_and_bulk_leaves_a_fifth() => Gen.Select(
        Gen.Int[4, 50], Gen.Int[0, 4].Array[1, 500]).Sample((limit, steps) =>
    {
        var budget = new ConnectionBudget(limit);
        var waiter = new Waiter();
        var (connecting, open) = (0, 0);
        foreach (var step in steps)
        {
            if (step < 2)
            {
                var isBulk = step == 0;
                var wasUsed = budget.Used;
                if (!budget.TryTake(waiter, isBulk, isKnown: false)) continue;
                if (isBulk) Assert.True(wasUsed < limit - (limit / 5));
                connecting++;
            }
            else if (step == 2 && connecting > 0)
            {
                budget.Opened();
                connecting--;
                open++;
            }
            else if (step == 3 && connecting > 0)
            {
                budget.Failed();
                connecting--;
            }
            else if (step == 4 && open > 0)
            {
                budget.Closed();
                open--;
            }
            Assert.Equal(connecting + open, budget.Used);
            Assert.InRange(budget.Used, 0, limit);
            Assert.InRange(connecting, 0, Math.Max(1, limit / 4));
        }
    });

    [Fact]
    public void A_free_place_wakes_other_mail_before_bulk()
    {
        var budget = new ConnectionBudget(5);
        var (first, bulk, other) = (new Waiter(), new Waiter(), new Waiter());
        Assert.True(budget.TryTake(first, isBulk: false, isKnown: false));
        Assert.False(budget.TryTake(bulk, isBulk: true, isKnown: false));
        Assert.False(budget.TryTake(other, isBulk: false, isKnown: false));
        budget.Opened();
        Assert.Equal((0, 1), (bulk.Woken, other.Woken));
        budget.Closed();
        Assert.Equal((1, 1), (bulk.Woken, other.Woken));
    }

    // Sites that do not answer never hold up those that do.
    [Fact]
    public void A_site_that_has_answered_before_needs_no_place_among_the_unknown()
    {
        var budget = new ConnectionBudget(8);
        var waiter = new Waiter();
        Assert.True(budget.TryTake(waiter, isBulk: false, isKnown: false));
        Assert.True(budget.TryTake(waiter, isBulk: false, isKnown: false));
        Assert.False(budget.TryTake(waiter, isBulk: false, isKnown: false));
        Assert.True(budget.TryTake(waiter, isBulk: false, isKnown: true));
    }

    private sealed class Waiter : IBudgetWaiter
    {
        public int Woken { get; private set; }

        public void BudgetIsFree() => Woken++;
    }
}
