namespace Ekiden.Simulation.Tests;

/// <summary>One way in which receivers limit what they take.</summary>
internal abstract class ReceiverRule
{
    public virtual Refusal? OnConnect(Visit visit) => null;

    public virtual Refusal? OnMail(Visit visit) => null;

    public virtual bool ClosesAfter(int number) => false;

    /// <summary>All rules let this one pass.</summary>
    public virtual void Took(Visit visit)
    {
    }
}

/// <summary>No more than so many connections at once; the next one is refused.</summary>
internal sealed class ConnectionRule(int most, Refusal refusal, bool atMail = false) : ReceiverRule
{
    public int Most { get; set; } = most;

    public override Refusal? OnConnect(Visit visit) => !atMail && visit.Open >= Most ? refusal : null;

    // Those that are too many hear so at their next transaction.
    public override Refusal? OnMail(Visit visit) => visit.Open > Most
        ? new Refusal(421, "4.7.0", "Too many concurrent connections")
        : null;
}

/// <summary>A bucket of tokens, one per mail; per sender domain where told so.</summary>
internal sealed class BucketRule(double perSecond, double burst, Func<Visit, string>? key = null) : ReceiverRule
{
    private readonly Dictionary<string, (double Tokens, TimeSpan At)> _buckets = [];

    public double PerSecond { get; set; } = perSecond;

    public Refusal Refusal { get; set; } = new(450, "4.7.1", "Too much mail, slow down");

    public override Refusal? OnMail(Visit visit)
    {
        var name = key?.Invoke(visit) ?? "";
        if (name == "free") return null;
        return Fill(name, visit.Now) >= 1 ? null : Refusal;
    }

    public override void Took(Visit visit)
    {
        var name = key?.Invoke(visit) ?? "";
        if (name != "free") _buckets[name] = (Fill(name, visit.Now) - 1, visit.Now);
    }

    private double Fill(string name, TimeSpan now)
    {
        if (!_buckets.TryGetValue(name, out var bucket)) return burst;
        return Math.Min(burst, bucket.Tokens + ((now - bucket.At).TotalSeconds * PerSecond));
    }
}

/// <summary>Closes a connection after so many messages, without a word.</summary>
internal sealed class MessagesRule(int most) : ReceiverRule
{
    public int Most { get; set; } = most;

    public override bool ClosesAfter(int number) => number >= Most;
}

/// <summary>The first attempt of every mail is put off for five minutes.</summary>
internal sealed class GreylistRule : ReceiverRule
{
    private readonly Dictionary<string, TimeSpan> _seen = [];

    public override Refusal? OnMail(Visit visit)
    {
        if (_seen.TryAdd(visit.Sender, visit.Now) || visit.Now - _seen[visit.Sender] < TimeSpan.FromMinutes(3))
            return new Refusal(451, "4.7.1", "Greylisted, please try again later");
        return null;
    }
}

/// <summary>So many mails a day, from midnight to midnight.</summary>
internal sealed class DailyRule(int most) : ReceiverRule
{
    private int _day = -1;
    private int _count;

    public override Refusal? OnMail(Visit visit)
    {
        if (visit.Now.Days != _day) (_day, _count) = (visit.Now.Days, 0);
        return _count < most ? null : new Refusal(450, "4.7.1", "Daily sending limit exceeded for your address");
    }

    public override void Took(Visit visit) => _count++;
}

/// <summary>Above a rate, connections are reset: in the session and when they are opened.</summary>
internal sealed class ResetRule(double perSecond, TimeSpan lasts) : ReceiverRule
{
    private readonly BucketRule _bucket = new(perSecond, perSecond * 2);
    private TimeSpan _until;

    public override Refusal? OnConnect(Visit visit) => visit.Now < _until ? Refusal.Reset : null;

    public override Refusal? OnMail(Visit visit)
    {
        if (visit.Now < _until) return Refusal.Reset;
        if (_bucket.OnMail(visit) is null) return null;
        _until = visit.Now + lasts;
        return Refusal.Reset;
    }

    public override void Took(Visit visit) => _bucket.Took(visit);
}

/// <summary>Takes nothing between two times.</summary>
internal sealed class BlockRule(TimeSpan from, TimeSpan to) : ReceiverRule
{
    private static readonly Refusal Blocked = new(421, "4.7.0", "Your address is blocked for a while");

    public override Refusal? OnConnect(Visit visit) => visit.Now >= from && visit.Now < to ? Blocked : null;

    public override Refusal? OnMail(Visit visit) => OnConnect(visit);
}

/// <summary>Who exceeds a rate is locked out; twice as long each time.</summary>
internal sealed class PenaltyRule(double perSecond, double burst, TimeSpan first) : ReceiverRule
{
    private static readonly Refusal LockedOut = new(450, "4.7.1", "Too much mail; you are locked out for a while");

    private readonly BucketRule _bucket = new(perSecond, burst);
    private TimeSpan _until;
    private TimeSpan _next = first;

    public TimeSpan Spent { get; private set; }

    public override Refusal? OnMail(Visit visit)
    {
        if (visit.Now < _until) return LockedOut;
        if (_bucket.OnMail(visit) is null) return null;
        _until = visit.Now + _next;
        Spent += _next;
        _next *= 2;
        return LockedOut;
    }

    public override void Took(Visit visit) => _bucket.Took(visit);
}
