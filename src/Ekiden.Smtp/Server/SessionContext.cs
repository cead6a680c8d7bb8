using Ekiden.Mail;
using Ekiden.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>What a session is given, beside its connection.</summary>
internal sealed record SessionContext
{
    /// <summary>Our name in the banner and the answer to EHLO.</summary>
    public required string HostName { get; init; }

    /// <summary>The listener's settings.</summary>
    public required ListenerOptions Listener { get; init; }

    /// <summary>Sizes, counts and times.</summary>
    public required SessionLimits Limits { get; init; }

    /// <summary>Who takes the mail.</summary>
    public required IMailReceiver Receiver { get; init; }

    /// <summary>Remembers failed sign-ins of all sessions.</summary>
    public required SignInGuard Guard { get; init; }

    /// <summary>All time comes from here.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>The log of all sessions.</summary>
    public required ILogger Log { get; init; }

    /// <summary>
    /// The client is in the networks of a relay listener: the operator's own, free of limits per connection (DESIGN
    /// §9.2).
    /// </summary>
    public bool IsListedClient { get; init; }

    /// <summary>The server is nearly full: clients get less time (reliability H-R5).</summary>
    public Func<bool> IsStressed { get; init; } = static () => false;

    /// <summary>Counts a sign-in against the address; false when it has too many connections already.</summary>
    public Func<bool> TrySignedIn { get; init; } = static () => true;

    /// <summary>Counts a TLS handshake against the address; false when it has too many already.</summary>
    public Func<bool> TryBeginHandshake { get; init; } = static () => true;

    /// <summary>The handshake that was counted is over.</summary>
    public Action EndHandshake { get; init; } = static () => { };
}

/// <summary>Counts what a session does wrong and for nothing: reliability §5.1.</summary>
internal sealed class SessionConduct(SessionLimits limits, bool isExempt)
{
    private static readonly TimeSpan SlowDown = TimeSpan.FromSeconds(1);

    private int _errors;
    private int _idle;
    private int _transactions;

    /// <summary>Who signed in is trusted with more errors.</summary>
    public bool IsSignedIn { get; set; }

    /// <summary>One more 5xx; <paramref name="delay"/> is to be waited before it is sent.</summary>
    /// <returns>The reply to send in its place and close, or null.</returns>
    public SmtpReply? CountError(out TimeSpan delay)
    {
        delay = default;
        if (isExempt) return null;
        var most = IsSignedIn ? limits.ErrorsClose : Math.Min(limits.ErrorsClose, limits.ErrorsCloseUnauthenticated);
        _errors++;
        if (_errors >= most) return Replies.TooManyErrors;
        if (_errors >= most / 2) delay = SlowDown;
        return null;
    }

    /// <summary>One more command that carries no mail.</summary>
    public SmtpReply? CountIdle() => ++_idle > limits.MaxIdleCommands && !isExempt ? Replies.TooManyIdleCommands : null;

    /// <summary>One more MAIL.</summary>
    public SmtpReply? CountTransaction() =>
        ++_transactions > limits.MaxTransactions && !isExempt ? Replies.TooManyTransactions : null;

    /// <summary>A message was taken.</summary>
    public void CountMessage() => _idle = 0;
}
