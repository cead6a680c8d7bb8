using System.Net;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Remembers failed sign-ins of all sessions, per network and per user, and says who has to wait: reliability G-R4.
/// Bounded; when it is full the oldest windows leave first.
/// </summary>
internal sealed class SignInGuard(int perMinute, TimeProvider clock, int capacity = 50_000)
{
    private const int PerDayFactor = 5;
    private const int PerUserAnHour = 100;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);
    private static readonly TimeSpan Hour = TimeSpan.FromHours(1);
    private static readonly TimeSpan Day = TimeSpan.FromDays(1);

    // The client's own network, and two wider ones with more patience: prefix lengths for IPv4 and IPv6.
    private static readonly (int Bits, int BitsV6, int Factor)[] Widths = [(32, 64, 1), (24, 56, 3), (16, 48, 9)];

    private readonly Lock _gate = new();
    private readonly Dictionary<Subject, Window> _failures = [];
    private readonly Dictionary<Subject, long> _known = [];

    /// <summary>
    /// The address may try. A user who signed in from the same network within a day always may, whatever others do
    /// there.
    /// </summary>
    public bool MayTry(IPAddress address, string user)
    {
        if (perMinute <= 0) return true;
        lock (_gate)
        {
            if (IsKnown(address, user)) return true;
            foreach (var (bits, bitsV6, factor) in Widths)
            {
                var (network, size) = ClientNetwork.Key(address, bits, bitsV6);
                if (Count(new Subject(network, size, Minute.Ticks, 0), Minute) >= perMinute * factor) return false;
                if (Count(new Subject(network, size, Day.Ticks, 0), Day) >= perMinute * PerDayFactor * factor)
                    return false;
            }
            return true;
        }
    }

    /// <summary>So many have failed as this user that each try waits; nobody is ever locked out by others.</summary>
    public bool IsUserUnderAttack(string user)
    {
        lock (_gate) return Count(UserSubject(user), Hour) >= PerUserAnHour;
    }

    /// <summary>A sign-in failed.</summary>
    public void Failed(IPAddress address, string user)
    {
        lock (_gate)
        {
            foreach (var (bits, bitsV6, _) in Widths)
            {
                var (network, size) = ClientNetwork.Key(address, bits, bitsV6);
                Add(new Subject(network, size, Minute.Ticks, 0), Minute);
                Add(new Subject(network, size, Day.Ticks, 0), Day);
            }
            Add(UserSubject(user), Hour);
        }
    }

    /// <summary>A sign-in succeeded: this user is known in this network from now on.</summary>
    public void Succeeded(IPAddress address, string user)
    {
        lock (_gate)
        {
            MakeRoom(_known, static known => known);
            _known[KnownSubject(address, user)] = clock.GetTimestamp();
        }
    }

    private bool IsKnown(IPAddress address, string user) =>
        _known.TryGetValue(KnownSubject(address, user), out var since) && clock.GetElapsedTime(since) < Day;

    private int Count(Subject subject, TimeSpan length) =>
        _failures.TryGetValue(subject, out var window) && clock.GetElapsedTime(window.Start) < length
            ? window.Count
            : 0;

    private void Add(Subject subject, TimeSpan length)
    {
        var count = Count(subject, length);
        if (count > 0)
        {
            _failures[subject] = _failures[subject] with { Count = count + 1 };
            return;
        }
        MakeRoom(_failures, static window => window.Start);
        _failures[subject] = new Window(clock.GetTimestamp(), 1);
    }

    // Rare: only when more networks failed within a day than there is room for.
    private void MakeRoom<T>(Dictionary<Subject, T> table, Func<T, long> start)
    {
        if (table.Count < capacity) return;
        var oldest = table.OrderBy(entry => start(entry.Value)).Take(Math.Max(1, capacity / 10))
            .Select(entry => entry.Key);
        foreach (var subject in oldest.ToArray()) table.Remove(subject);
    }

    private static Subject UserSubject(string user) =>
        new(0, 0, Hour.Ticks, user.GetHashCode(StringComparison.Ordinal));

    private static Subject KnownSubject(IPAddress address, string user)
    {
        var (network, size) = ClientNetwork.Key(address, 24, 56);
        return new Subject(network, size, 0, user.GetHashCode(StringComparison.Ordinal));
    }

    // User names count by their hash (seeded per process): an attacker's long names cost no memory.
    private readonly record struct Subject(UInt128 Network, byte Bits, long Length, int User);

    private readonly record struct Window(long Start, int Count);
}
