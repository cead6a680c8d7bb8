using Ekiden.Delivery.Lanes.Learning;

namespace Ekiden.Delivery.Lanes.Ready;

/// <summary>
/// What a site allows one account or one sender domain, from whatever source: learned like the rate of a lane, and kept
/// by that account's or domain's mail alone, so that one brand's quota never slows another's mail (DESIGN §5).
/// </summary>
/// <remarks>Thread-safe: lanes of several sources share it.</remarks>
internal sealed class ScopeLimit
{
    private readonly Lock _gate = new();
    private readonly LaneController _control;
    private readonly string? _account;
    private readonly string? _domain;

    /// <summary>A limit of which only the first refusal is known.</summary>
    /// <param name="account">Whose; null: a domain's.</param>
    /// <param name="domain">Whose; null: an account's.</param>
    /// <param name="clock">The wall clock, for the times of changes.</param>
    public ScopeLimit(string? account, string? domain, TimeProvider clock)
    {
        (_account, _domain) = (account, domain);
        _control = new LaneController(LaneBounds.Default, new LearnedLane(), clock);
    }

    /// <summary>In a few words, for explanations.</summary>
    public string Name => _account is null ? $"sender domain {_domain}" : $"account {_account}";

    /// <summary>Does it hold for this account?</summary>
    public bool IsForAccount(string account) => account == _account;

    /// <summary>Does it hold for this sender domain?</summary>
    public bool IsForDomain(string domain) => domain == _domain;

    /// <summary>Until a message may go; zero when one may go now.</summary>
    public TimeSpan UntilFree(TimeSpan now)
    {
        lock (_gate) return _control.UntilFree(now, isBulk: true);
    }

    /// <summary>A message goes now.</summary>
    public void Take(TimeSpan now)
    {
        lock (_gate) _control.Taken(now, isBulk: false);
    }

    /// <summary>The site took a message of this scope.</summary>
    public void Accepted(TimeSpan now, TimeSpan begun)
    {
        lock (_gate)
        {
            // Whoever keeps to it has more: it exists because there was too much.
            _control.Accepted(now, begun, new LaneLoad(1, WantsConnections: false, WantsRate: true));
        }
    }

    /// <summary>The site said that this scope sends too much.</summary>
    public void Heard(LaneSignal signal, TimeSpan now, TimeSpan begun)
    {
        lock (_gate) _control.Heard(signal, now, begun, new LaneLoad(1, false, false));
    }

    /// <summary>How it stands.</summary>
    public ScopeStatus Status(TimeSpan now)
    {
        lock (_gate)
        {
            var pause = _control.Pause(now);
            return new ScopeStatus(Name, _control.Rate, pause?.Left ?? TimeSpan.Zero, _control.Changes);
        }
    }
}
