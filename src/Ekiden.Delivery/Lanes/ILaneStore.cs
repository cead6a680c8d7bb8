using System.Collections.Immutable;

namespace Ekiden.Delivery.Lanes;

/// <summary>Where what lanes have learned survives a restart.</summary>
public interface ILaneStore
{
    /// <summary>Keeps new and changed lanes; one that knows nothing is forgotten.</summary>
    Task SaveAsync(ImmutableArray<RememberedLane> lanes, CancellationToken cancel);
}
