using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Lanes;

/// <summary>What one lane knows of its site, from the memory and back into it.</summary>
/// <remarks>Not thread-safe: the lane's lock guards it.</remarks>
internal sealed class LaneKnowledge(Route route, EgressSource source, LaneServices services)
{
    private int _remembered;
    private LaneLimits? _pins;

    /// <summary>What is fixed: by the lane's own pins, else by the route.</summary>
    public LaneLimits Pins => LaneBounds.Of(route, services.LongestPause, _pins).Pins;

    /// <summary>A controller with what is remembered.</summary>
    public LaneController Recall() => Begin(services.Memory.Recall(source.Name, route.Site));

    /// <summary>A controller with other pins; what was learned stays known.</summary>
    public LaneController Pin(LaneController control, LaneLimits? pins) =>
        Replace(Learned(control) with { Pins = pins });

    /// <summary>A controller that knows nothing.</summary>
    public LaneController Forget() => Replace(new LearnedLane());

    /// <summary>What the controller knows.</summary>
    public LearnedLane Learned(LaneController control) =>
        control.Learned(services.Clock.GetElapsedTime(0), services.Clock.GetUtcNow());

    /// <summary>Tells the memory what has been learned since the last time.</summary>
    public void Remember(LaneController control)
    {
        if (control.Version == _remembered) return;
        _remembered = control.Version;
        services.Memory.Remember(source.Name, route.Site, Learned(control));
    }

    private LaneController Replace(LearnedLane learned)
    {
        services.Memory.Remember(source.Name, route.Site, learned);
        return Begin(learned);
    }

    private LaneController Begin(LearnedLane learned)
    {
        _remembered = 0;
        _pins = learned.Pins;
        return new LaneController(
            LaneBounds.Of(route, services.LongestPause, _pins), learned, services.Clock);
    }
}
