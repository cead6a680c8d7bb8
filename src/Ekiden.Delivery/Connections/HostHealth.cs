using System.Collections.Concurrent;
using System.Net;
using Ekiden.Delivery.Routes;

namespace Ekiden.Delivery.Connections;

/// <summary>
/// Remembers addresses that did not answer, and how, so that they are not asked again at once: from 60 s, doubled at
/// every further failure, to 30 min (reliability.md §5.3). Shared by all lanes.
/// </summary>
/// <param name="clock">The time; the monotonic one, so that a clock that jumps leaves nobody resting for days
/// (M-R5).</param>
/// <param name="first">The first rest.</param>
/// <param name="longest">The longest rest.</param>
internal sealed class HostHealth(TimeProvider clock, TimeSpan first, TimeSpan longest)
{
    // Beyond this, marks whose rest is over are forgotten: only their doubling is lost.
    private const int Limit = 100_000;

    private readonly ConcurrentDictionary<(IPEndPoint Address, string Lane), Mark> _marks = new();

    /// <summary>The first rest: what a lane keeps, too, after a refusal.</summary>
    public TimeSpan First => first;

    /// <summary>Does the address rest?</summary>
    /// <param name="address">Whose.</param>
    /// <param name="lane">For whom: trouble with TLS concerns only those who ask for the same.</param>
    /// <param name="since">What failed before this timestamp counts for nothing: somebody wants it tried again.</param>
    /// <param name="left">For how long still, if so.</param>
    /// <param name="failure">What happened there, if so.</param>
    public bool Rests(
        IPEndPoint address, string lane, long since, out TimeSpan left, out HostFailure? failure) =>
        Rests((address, ""), since, out left, out failure) || Rests((address, lane), since, out left, out failure);

    private bool Rests(
        (IPEndPoint Address, string Lane) key, long since, out TimeSpan left, out HostFailure? failure)
    {
        left = TimeSpan.Zero;
        failure = null;
        if (!_marks.TryGetValue(key, out var mark) || mark.At < since) return false;
        left = mark.Rest - clock.GetElapsedTime(mark.At);
        failure = mark.Failure;
        return left > TimeSpan.Zero;
    }

    /// <summary>Nobody answered there.</summary>
    /// <param name="failure">Where, and what happened.</param>
    /// <param name="lane">Whose connection it would have been.</param>
    /// <param name="begun">
    /// The timestamp when we began to connect: a try that began before the last mark says nothing new.
    /// </param>
    public void Failed(HostFailure failure, string lane, long begun)
    {
        if (_marks.Count >= Limit) ForgetRested();
        var now = clock.GetTimestamp();
        _marks.AddOrUpdate(
            (failure.Target.Address, failure.Result.IsAboutTls ? lane : ""),
            _ => new Mark(now, first, failure),
            (_, old) => begun <= old.At ? old : new Mark(now, Min(old.Rest * 2, longest), failure));
    }

    /// <summary>Somebody answered: the mark goes.</summary>
    public void Answered(IPEndPoint address, string lane)
    {
        _marks.TryRemove((address, ""), out _);
        _marks.TryRemove((address, lane), out _);
    }

    private void ForgetRested()
    {
        foreach (var (key, mark) in _marks)
        {
            if (clock.GetElapsedTime(mark.At) >= mark.Rest) _marks.TryRemove(key, out _);
        }
    }

    private static TimeSpan Min(TimeSpan a, TimeSpan b) => a < b ? a : b;

    private readonly record struct Mark(long At, TimeSpan Rest, HostFailure Failure);
}

/// <summary>A try to connect that failed.</summary>
/// <param name="Target">Where.</param>
/// <param name="Result">How.</param>
/// <param name="BegunAt">When it began, by the wall clock: for the expiry of those it speaks for.</param>
internal sealed record HostFailure(Target Target, ConnectResult.Failed Result, DateTimeOffset BegunAt);
