using System.Collections.Concurrent;
using System.Net;

namespace Ekiden.Delivery.Connections;

/// <summary>
/// Remembers addresses that did not answer, so that they are not asked again at once: from 60 s, doubled at every further
/// failure, to 30 min (reliability.md §5.3). Shared by all lanes.
/// </summary>
/// <param name="clock">The time; the monotonic one, so that a clock that jumps leaves nobody resting for days (M-R5).</param>
/// <param name="first">The first rest.</param>
/// <param name="longest">The longest rest.</param>
internal sealed class HostHealth(TimeProvider clock, TimeSpan first, TimeSpan longest)
{
    // Beyond this, marks whose rest is over are forgotten: only their doubling is lost.
    private const int Limit = 100_000;

    private readonly ConcurrentDictionary<IPEndPoint, Mark> _marks = new();

    /// <summary>The first rest: what a lane keeps, too, after a refusal.</summary>
    public TimeSpan First => first;

    /// <summary>How long the address still rests; zero when it may be asked.</summary>
    public TimeSpan RestOf(IPEndPoint address)
    {
        if (!_marks.TryGetValue(address, out var mark)) return TimeSpan.Zero;
        var left = mark.Rest - clock.GetElapsedTime(mark.At);
        return left > TimeSpan.Zero ? left : TimeSpan.Zero;
    }

    /// <summary>Nobody answered there.</summary>
    /// <param name="address">Where.</param>
    /// <param name="begun">
    /// The timestamp when we began to connect: a try that began before the last mark says nothing new.
    /// </param>
    public void Failed(IPEndPoint address, long begun)
    {
        if (_marks.Count >= Limit) ForgetRested();
        var now = clock.GetTimestamp();
        _marks.AddOrUpdate(
            address,
            _ => new Mark(now, first),
            (_, old) => begun <= old.At ? old : new Mark(now, Min(old.Rest * 2, longest)));
    }

    /// <summary>Somebody answered: the mark goes.</summary>
    public void Answered(IPEndPoint address) => _marks.TryRemove(address, out _);

    private void ForgetRested()
    {
        foreach (var (address, mark) in _marks)
        {
            if (clock.GetElapsedTime(mark.At) >= mark.Rest) _marks.TryRemove(address, out _);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private readonly record struct Mark(long At, TimeSpan Rest);
}
