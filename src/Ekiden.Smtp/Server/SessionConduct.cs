using Ekiden.Mail;
using Ekiden.Smtp.Protocol;

namespace Ekiden.Smtp.Server;

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
