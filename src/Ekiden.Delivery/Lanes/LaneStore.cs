using System.Collections.Immutable;
using System.Text.Json;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Directory;

namespace Ekiden.Delivery.Lanes;

/// <summary>What lanes have learned, in the directory.</summary>
public sealed class LaneStore(AccountDirectory directory, TimeProvider clock) : ILaneStore
{
    // A site that no mail went to for so long is met like a new one.
    private static readonly TimeSpan Keep = TimeSpan.FromDays(90);

    /// <summary>Everything that was kept; what an older version wrote differently is left out.</summary>
    public async Task<ImmutableArray<RememberedLane>> LoadAsync(CancellationToken cancel)
    {
        var lanes = ImmutableArray.CreateBuilder<RememberedLane>();
        foreach (var limit in await directory.LoadLearnedAsync(cancel))
        {
            if (clock.GetUtcNow() - limit.ChangedAt < Keep && Parse(limit.State) is { } learned)
                lanes.Add(new RememberedLane(limit.Source, limit.Site, learned));
        }
        return lanes.DrainToImmutable();
    }

    /// <inheritdoc/>
    public Task SaveAsync(ImmutableArray<RememberedLane> lanes, CancellationToken cancel)
    {
        var now = clock.GetUtcNow();
        return directory.SaveLearnedAsync(
            [.. lanes.Select(lane => new LearnedLimit(lane.Source, lane.Site, Write(lane.Learned), now))], cancel);
    }

    private static LearnedLane? Parse(string state)
    {
        try
        {
            return JsonSerializer.Deserialize(state, LearnedLaneJson.Default.LearnedLane);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static string Write(LearnedLane learned) =>
        learned.IsNothing ? "" : JsonSerializer.Serialize(learned, LearnedLaneJson.Default.LearnedLane);
}
