using System.Globalization;
using System.Net;
using Ekiden.Mail;

namespace Ekiden.Receiving;

/// <summary>Keeps a policy: who may connect, what may be said, at this moment. All sessions share one.</summary>
internal sealed class ReceiverLimits(ReceiverPolicy policy, TimeProvider clock)
{
    // What is remembered of strangers is bounded: a receiver that runs for days forgets the first ones.
    private const int MaxStrangers = 1_000_000;

    private static readonly SmtpReply TooManyConnections = SmtpReply.Of(421, "4.7.0", "Too many connections");
    private static readonly SmtpReply Stranger = SmtpReply.Of(450, "4.7.1", "Greylisted, come back later");
    private static readonly SmtpReply QuotaReached = SmtpReply.Of(452, "4.7.1", "Daily quota reached");
    private static readonly SmtpReply NoSuchUser = SmtpReply.Of(550, "5.1.1", "No such user here");

    private readonly Lock _gate = new();
    private readonly long _started = clock.GetTimestamp();
    private readonly Dictionary<IPAddress, int> _byClient = [];
    private readonly Dictionary<string, DateTimeOffset> _strangers = new(StringComparer.Ordinal);
    private int _connections;
    private double _tokens = policy.Burst;
    private long _filledAt = clock.GetTimestamp();
    private DateOnly _day;
    private int _today;
    private int _violations;
    private TimeSpan _nextBlock;
    private DateTimeOffset _blockedUntil;

    /// <summary>What holds now.</summary>
    public ReceiverPolicy Now
    {
        get
        {
            if (policy.Changes.IsEmpty) return policy;
            var age = clock.GetElapsedTime(_started);
            var current = policy;
            foreach (var change in policy.Changes)
            {
                if (change.After <= age) current = change.Policy;
            }
            return current;
        }
    }

    /// <summary>Somebody connects. Null lets them; each of those is <see cref="Leave"/>d.</summary>
    public Refused? Enter(IPAddress client)
    {
        var now = Now;
        lock (_gate)
        {
            if (clock.GetUtcNow() < _blockedUntil) return new Refused(Refusal.Reply, now.BlockReply);
            var ofClient = _byClient.GetValueOrDefault(client);
            if ((now.MaxConnections > 0 && _connections >= now.MaxConnections)
                || (now.MaxConnectionsPerClient > 0 && ofClient >= now.MaxConnectionsPerClient))
            {
                Violated(now);
                return new Refused(now.OverConnections, TooManyConnections);
            }
            _connections++;
            _byClient[client] = ofClient + 1;
            return null;
        }
    }

    /// <summary>A connection that was let in is over.</summary>
    public void Leave(IPAddress client)
    {
        lock (_gate)
        {
            _connections--;
            if (--_byClient[client] == 0) _byClient.Remove(client);
        }
    }

    /// <summary>A message begins (MAIL). Null lets it.</summary>
    public Refused? Begin()
    {
        var now = Now;
        lock (_gate)
        {
            var time = clock.GetUtcNow();
            if (time < _blockedUntil) return new Refused(Refusal.Reply, now.BlockReply);
            var today = DateOnly.FromDateTime(time.UtcDateTime);
            if (today != _day) (_day, _today) = (today, 0);
            if (now.DailyQuota > 0 && _today >= now.DailyQuota) return new Refused(Refusal.Reply, QuotaReached);
            if (now.Rate is { } rate && !TakeToken(rate, now.Burst))
            {
                Violated(now);
                return new Refused(now.OverRate, now.RateReply);
            }
            _today++;
            return null;
        }
    }

    /// <summary>A recipient is named. Null lets them.</summary>
    public SmtpReply? Check(IPAddress client, string sender, string recipient)
    {
        var now = Now;
        if (now.RejectedShare > 0 && ShareOf(recipient) < now.RejectedShare) return NoSuchUser;
        if (now.Greylisting <= TimeSpan.Zero) return null;
        var key = string.Create(CultureInfo.InvariantCulture, $"{client} {sender} {recipient}");
        lock (_gate)
        {
            var time = clock.GetUtcNow();
            if (_strangers.TryGetValue(key, out var since)) return time - since < now.Greylisting ? Stranger : null;
            if (_strangers.Count >= MaxStrangers) _strangers.Clear();
            _strangers[key] = time;
            return Stranger;
        }
    }

    private bool TakeToken(double rate, double burst)
    {
        var gained = clock.GetElapsedTime(_filledAt).TotalSeconds * rate;
        _filledAt = clock.GetTimestamp();
        _tokens = Math.Min(burst, _tokens + gained);
        if (_tokens < 1) return false;
        _tokens--;
        return true;
    }

    private void Violated(ReceiverPolicy now)
    {
        if (now.BlockAfter == 0 || ++_violations < now.BlockAfter) return;
        _violations = 0;
        var length = now.BlockDoubles && _nextBlock > TimeSpan.Zero ? _nextBlock : now.BlockFor;
        _blockedUntil = clock.GetUtcNow() + length;
        _nextBlock = TimeSpan.FromTicks(Math.Min(length.Ticks * 2, TimeSpan.TicksPerDay));
    }

    // The same address has the same fate each time: FNV-1a with a last mixing of the bits, 0 to 1.
    private static double ShareOf(string recipient)
    {
        var hash = 2166136261u;
        foreach (var letter in recipient) hash = (hash ^ char.ToLowerInvariant(letter)) * 16777619u;
        hash = (hash ^ (hash >> 16)) * 0x45d9f3bu;
        return (hash ^ (hash >> 16)) / (double)uint.MaxValue;
    }
}

/// <summary>What meets somebody who is over a limit.</summary>
/// <param name="Kind">How.</param>
/// <param name="Reply">The words, where there are any.</param>
internal sealed record Refused(Refusal Kind, SmtpReply Reply);
