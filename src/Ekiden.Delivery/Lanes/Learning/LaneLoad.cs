namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>How busy a lane is at the moment of an answer.</summary>
/// <param name="Open">Connections that are open, resting ones included.</param>
/// <param name="WantsConnections">All connections are busy, and more would be used.</param>
/// <param name="WantsRate">More is ready, and the rate holds it back.</param>
internal readonly record struct LaneLoad(int Open, bool WantsConnections, bool WantsRate);
