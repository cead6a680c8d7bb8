namespace Ekiden.Delivery.Lanes;

/// <summary>Somebody who waits for a connection of the process to be free.</summary>
internal interface IBudgetWaiter
{
    /// <summary>Ask again now; called once for every time in line.</summary>
    void BudgetIsFree();
}
