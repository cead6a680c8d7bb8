using Ekiden.Delivery.Connections;

namespace Ekiden.Delivery.Tests.Lanes;

public sealed class FarewellTests
{
    [Fact]
    public void A_place_that_was_handed_over_is_free_when_the_connection_is_closed()
    {
        var farewell = new Farewell(keepsPlace: true);
        Assert.True(farewell.TryHandOver());
        Assert.True(farewell.End());
    }

    [Fact]
    public void A_place_that_its_worker_keeps_is_its_workers()
    {
        var farewell = new Farewell(keepsPlace: true);
        Assert.False(farewell.End());
        Assert.False(farewell.TryHandOver());
    }

    [Fact]
    public void A_place_without_a_worker_is_free_when_the_connection_is_closed()
    {
        var farewell = new Farewell(keepsPlace: false);
        Assert.False(farewell.TryHandOver());
        Assert.True(farewell.End());
        farewell.Complete();
        Assert.True(farewell.Ended.IsCompletedSuccessfully);
    }
}
