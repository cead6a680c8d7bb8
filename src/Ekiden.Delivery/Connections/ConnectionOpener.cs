using System.Net.Sockets;
using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Local;
using Ekiden.Delivery.Providers;
using Ekiden.Delivery.Routes;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Connections;

/// <summary>Opens a connection to the best host of a route that answers; the next ones are tried in the same
/// attempt.</summary>
internal sealed class ConnectionOpener(
    TargetFinder targets, ISmtpConnector connector, HostHealth health, Ipv6Permission ipv6, TimeProvider clock)
{
    // Twenty hosts of ten addresses in a black hole would hold an attempt for two hours.
    private const int MaxTries = 10;

    /// <summary>For routes that lead to Maildirs.</summary>
    public required Maildirs Maildirs { get; init; }

    /// <summary>How long nobody is asked again after a first failure.</summary>
    public TimeSpan FirstRest => health.First;

    /// <summary>
    /// A connection ready for MAIL, or why there is none. Throws only when cancelled, or for our own bugs.
    /// </summary>
    public async ValueTask<OpenResult> OpenAsync(OpenWish wish, CancellationToken cancel)
    {
        if (wish.Route.Store is LocalStore.Maildir maildir)
            return new OpenResult.Opened(Maildirs.Open(maildir.Path));
        var begun = clock.GetUtcNow();
        var found = await targets.FindAsync(wish.Route, ipv6.Allows(wish.Source), cancel);
        if (found is TargetResult.None none) return new OpenResult.Failed(none.Outcome, begun);
        var awake = new List<Target>();
        var failures = new List<HostFailure>();
        var rest = TimeSpan.MaxValue;
        foreach (var target in ((TargetResult.Found)found).Targets)
        {
            if (!health.Rests(target.Address, wish.Route.Lane, wish.AskedAgain, out var left, out var failure))
            {
                awake.Add(target);
                continue;
            }
            failures.Add(failure!); // set whenever it rests
            if (left < rest) rest = left;
        }
        if (awake.Count == 0)
        {
            var last = failures.Max(each => each.BegunAt);
            return new OpenResult.Resting(rest, Judge(failures, wish.Route.Provider, last));
        }
        failures.Clear();
        foreach (var target in awake.Take(MaxTries))
        {
            if (await TryAsync(target, wish, failures, cancel) is { } connection)
                return new OpenResult.Opened(connection);
        }
        return Judge(failures, wish.Route.Provider, begun);
    }

    private async ValueTask<ISmtpConnection?> TryAsync(
        Target target, OpenWish wish, List<HostFailure> failures, CancellationToken cancel)
    {
        var timestamp = clock.GetTimestamp();
        var begun = clock.GetUtcNow();
        var result = await connector.ConnectAsync(Describe(target, wish.Route, wish.Source), cancel);
        if (result is ConnectResult.Connected connected)
        {
            health.Answered(target.Address, wish.Route.Lane);
            return connected.Connection;
        }
        var failure = new HostFailure(target, (ConnectResult.Failed)result, begun);
        failures.Add(failure);
        if (MarksHost(failure.Result, wish.IsConnected)) health.Failed(failure, wish.Route.Lane, timestamp);
        return null;
    }

    // A host that speaks is not dead: what it says about us, or about one connection too many, is the lane's to learn
    // from. Our own trouble says nothing about it.
    private static bool MarksHost(ConnectResult.Failed failure, bool isConnected) => failure.Kind switch
    {
        ConnectFailure.Local or ConnectFailure.Reset or ConnectFailure.Closed => false,
        ConnectFailure.Reply => failure.Reply is { Code: 521 },
        ConnectFailure.Refused => !isConnected,
        _ => true,
    };

    private static SmtpTarget Describe(Target target, Route route, EgressSource source) => new(
        target.HostName,
        target.Address,
        target.Address.AddressFamily == AddressFamily.InterNetworkV6 ? source.IPv6 : source.IPv4,
        source.HelloName,
        target.Security.Level,
        route.Credential)
    {
        Judge = target.Security.Judge,
        NotesCertificate = target.Security.NotesCertificate,
        Protocol = route.Store is LocalStore.Lmtp ? MailProtocol.Lmtp : MailProtocol.Smtp,
        SocketPath = (route.Store as LocalStore.Lmtp)?.SocketPath,
    };

    // The last host that spoke says most; without one, the last failure.
    private static OpenResult.Failed Judge(List<HostFailure> failures, Provider provider, DateTimeOffset begun)
    {
        var (target, failure, _) = failures.FindLast(each => each.Result.Reply is not null) ?? failures[^1];
        var text = $"{target.HostName} [{target.Address.Address}]: {failure.Why}";
        // RFC 7504 §4: 521 says for good that no mail is taken here. Other refusals of a greeting speak of us, not of
        // the recipient: the mail waits (delivery.md R4).
        DeliveryOutcome outcome = failure.Reply is { } reply
            && failures.TrueForAll(each => each.Result.Reply is { Code: 521 })
            ? new DeliveryOutcome.Failed(FailureReason.Reply, ReplyClassifier.StatusOf(reply), reply, text)
            : new DeliveryOutcome.Deferred(
                ReasonOf(failure, provider), StatusOf(failure, provider), failure.Reply, text, MayBeDuplicated: false);
        return new OpenResult.Failed(outcome, begun, target, failure.Phase) { Cause = failure };
    }

    private static DeferralReason ReasonOf(ConnectResult.Failed failure, Provider provider) => failure.Kind switch
    {
        ConnectFailure.Local or ConnectFailure.SignIn => DeferralReason.Local,
        ConnectFailure.Reply when failure.Reply is { IsPositive: false } reply =>
            ReplyClassifier.ReasonOf(provider.MeaningOf(failure.Phase, reply)),
        ConnectFailure.Reset when provider.Pack.ResetMeansThrottled => DeferralReason.Throttled,
        _ when failure.IsAboutTls => DeferralReason.Tls,
        _ => DeferralReason.NoConnection,
    };

    // RFC 3463 §3.5: 4.4.1 no answer from host, 4.4.2 bad connection; §3.8: 4.7.x security.
    private static EnhancedStatus StatusOf(ConnectResult.Failed failure, Provider provider)
    {
        if (failure is { IsAboutTls: false, Reply: { IsPositive: false } reply })
            return ReplyClassifier.TransientStatusOf(reply);
        return ReasonOf(failure, provider) switch
        {
            DeferralReason.Tls => new EnhancedStatus(4, 7, 5),
            DeferralReason.Local => new EnhancedStatus(4, 3, 5),
            _ => failure.Phase == SmtpPhase.Connect ? new EnhancedStatus(4, 4, 1) : new EnhancedStatus(4, 4, 2),
        };
    }
}

/// <summary>What kind of connection is wanted.</summary>
/// <param name="Route">Where to.</param>
/// <param name="Source">From where.</param>
/// <param name="IsConnected">Others of this kind are open: nobody there is dead, whatever this one meets.</param>
/// <param name="AskedAgain">Hosts that failed up to this timestamp do not rest.</param>
internal readonly record struct OpenWish(Route Route, EgressSource Source, bool IsConnected, long AskedAgain);

/// <summary>What came of opening a connection for a lane.</summary>
internal abstract record OpenResult
{
    private OpenResult() { } // closed: every case is below

    /// <summary>Ready.</summary>
    public sealed record Opened(ISmtpConnection Connection) : OpenResult;

    /// <summary>All addresses failed a short while ago; nothing was tried.</summary>
    /// <param name="Rest">Until the first may be asked again.</param>
    /// <param name="Last">How they failed, and when that try began.</param>
    public sealed record Resting(TimeSpan Rest, Failed Last) : OpenResult;

    /// <summary>Nothing answered, or there is nothing to connect to.</summary>
    /// <param name="Outcome">For everybody who waited for a connection.</param>
    /// <param name="Begun">When the search began: expiry counts only attempts begun after it.</param>
    /// <param name="Target">The host that decided; null when none was reached.</param>
    /// <param name="Phase">Where it ended.</param>
    public sealed record Failed(
        DeliveryOutcome Outcome, DateTimeOffset Begun, Target? Target = null, SmtpPhase Phase = SmtpPhase.Connect)
            : OpenResult
    {
        /// <summary>What the host that decided did; null when none was reached.</summary>
        public ConnectResult.Failed? Cause { get; init; }

        /// <summary>The same, for those who waited.</summary>
        public Unsent ToUnsent() => new(Outcome, Begun)
        {
            Host = Target?.HostName ?? "",
            HostAddress = Target?.Address.Address.ToString() ?? "",
            Phase = OutcomeRecorder.Word(Phase),
        };
    }
}
