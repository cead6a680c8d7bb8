using System.Globalization;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests;

/// <summary>A domain whose MX hosts are others at every answer.</summary>
public sealed class FlappingTests
{
    private const int Rounds = 200;

    [Fact]
    public async Task Mx_hosts_that_change_at_every_answer_cost_one_question_each_time_and_leave_no_lanes_behind()
    {
        await using var world = new DeliveryWorld(DeliveryWorld.ByMx());
        for (var round = 1; round <= Rounds; round++)
        {
            var host = string.Create(CultureInfo.InvariantCulture, $"mx{round}.test");
            world.Resolver.Zone = FakeDnsZone.Parse([$"d.test MX 10 {host}", $"{host} A 198.41.0.4"]);
            // Longer than the answer may be kept, a resting connection rests, and a sweep is apart.
            world.Clock.Advance(TimeSpan.FromHours(25));
            world.Accept("a@d.test");
            await world.ResultsAsync(round);
        }

        Assert.All(world.Outcomes, outcome => Assert.IsType<Mail.DeliveryOutcome.Delivered>(outcome));
        Assert.InRange(world.Service.Lanes.Length, 0, 3);
        Assert.Equal(Rounds, world.Resolver.Questions.Count(question => question == "d.test MX"));
    }
}
