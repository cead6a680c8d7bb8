using System.Collections.Immutable;
using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// Serves a lane over one connection: opens it if there is none, then carries one message after the other until
/// nothing is ready; the connection rests then, and the worker is gone.
/// </summary>
/// <remarks>
/// The results of a transaction are committed together with the start of the next: one commit per message under load. A
/// worker that has nothing to start commits at once.
/// </remarks>
internal sealed partial class LaneWorker : IThreadPoolWorkItem
{
    // After our own mistake: long enough not to spin, short enough not to be missed.
    private static readonly TimeSpan RestAfterTrouble = TimeSpan.FromSeconds(5);

    private readonly Lane _lane;
    private readonly LaneServices _services;
    private readonly WorkerConnection _connection;
    private Conclusion? _unsaved;
    private LaneTicket _ticket;
    private TimeSpan _reopened;

    // The lane knows that this worker is gone.
    private bool _hasLeft;

    /// <summary>A worker of a lane.</summary>
    /// <param name="lane">Whose recipients it serves.</param>
    /// <param name="services">What it works with.</param>
    /// <param name="rested">A connection from the pool; null opens one, for which the budget has a place.</param>
    public LaneWorker(Lane lane, LaneServices services, PooledConnection? rested)
    {
        _lane = lane;
        _services = services;
        _connection = new WorkerConnection(lane, services, rested);
    }

    /// <summary>Begins to work, on a thread of the pool.</summary>
    public void Start()
    {
        _services.Activity.Start(this);
    }

    void IThreadPoolWorkItem.Execute() => _ = RunAsync();

    // The exception barrier of a lane: M-R1.
    private async Task RunAsync()
    {
        var rest = TimeSpan.Zero;
        try
        {
            while (await HasConnectionAsync() && await ServeNextAsync()) { }
        }
        catch (OperationCanceledException) when (_services.Stopping.IsCancellationRequested)
        {
            // Claims were given back where they were held.
        }
        catch (Exception e)
        {
            _services.Metrics.Trouble();
            Log.Trouble(_services.Logger, _lane.Route.Site, e);
            rest = RestAfterTrouble;
        }
        finally
        {
            if (!_hasLeft) _lane.Left(ref _ticket, _connection.End(), rest);
            _services.Activity.End();
        }
    }

    private ValueTask<bool> HasConnectionAsync() =>
        _connection.IsReady ? ValueTask.FromResult(true) : OpenAsync();

    private async ValueTask<bool> OpenAsync()
    {
        await SaveAsync(null);
        await _connection.WaitForRoomAsync();
        // A connection was lost, and meanwhile others served what was ready.
        if (!_connection.IsFirst && _lane.TryLeave(ref _ticket))
        {
            _hasLeft = true;
            _connection.GiveUpPlace();
            return false;
        }
        var begun = Now();
        var result = await _connection.OpenAsync();
        if (result is OpenResult.Opened) return true;
        var isFirst = _connection.GiveUpPlace();
        _hasLeft = true;
        var (abandoned, why) = result is OpenResult.Resting resting
            ? (_lane.Rested(ref _ticket, isFirst, resting.Rest), resting.Last)
            : Unreachable((OpenResult.Failed)result, isFirst, begun);
        await _services.Unsent.RecordAsync(abandoned, _lane, why.ToUnsent(), _services.Stopping);
        return false;
    }

    private (List<int> Abandoned, OpenResult.Failed Why) Unreachable(
        OpenResult.Failed failed, bool isFirst, TimeSpan begun) =>
        (_lane.Unreachable(ref _ticket, isFirst, SignalOf(failed), begun, _services.Opener.FirstRest), failed);

    private async ValueTask<bool> ServeNextAsync()
    {
        if (!_lane.TryTake(ref _ticket))
        {
            // Nothing to start: results reach the journal before the connection rests.
            if (_unsaved is not null)
            {
                await SaveAsync(null);
                return true;
            }
            var turn = _lane.TakeOrPark(_connection.Current, ref _ticket);
            _hasLeft = turn == LaneTurn.Parked;
            if (turn != LaneTurn.Take) return false;
        }
        var beginning = _services.Starter.BeginAsync(
            _ticket.Slot, _lane, _lane.RecipientsPerTransaction, _services.Stopping);
        // The disk is asked: results do not wait for it.
        if (!beginning.IsCompleted) await SaveAsync(null);
        using var attempt = await beginning;
        if (attempt is null) return true;
        _services.Bytes.Charge(_ticket.Begun, attempt.Content.Length);
        // On record before MAIL: what was begun is known after a crash (M-R2).
        await SaveAsync(attempt);
        KillPoint.Pass("attempt.before_send");
        _unsaved = await CarryAsync(attempt);
        KillPoint.Pass("attempt.after_reply");
        if (!_connection.MayCarryMore) _connection.Leave();
        return true;
    }

    // Null: nothing was said about the mail, and its recipients are due as before.
    private async ValueTask<Conclusion?> CarryAsync(Attempt attempt)
    {
        var message = attempt.ToOutgoing();
        try
        {
            if (message.RequireTls && await EnsureVerifiedAsync(attempt) is { } why)
                return await _services.Recorder.ConcludeAsync(attempt, why);
            var responses = await _connection.SendAsync(message);
            if (_connection.WasStale(responses) && SignalReader.SaysGoodbye(_lane.Route.Provider, responses))
            {
                // The server had closed while the connection rested: nothing was said that counts as an attempt.
                _connection.Leave(wasClosed: true);
                if (await ReopenAsync() is { } failed) return await MissedAsync(attempt, failed);
                responses = await _connection.SendAsync(message);
            }
            LearnFrom(attempt, responses);
            if (_ticket.Signal is LaneSignal.TooManyConnections many && !_ticket.IsAccepted && IsOneTooMany())
            {
                _lane.Refused(ref _ticket, many, _ticket.Begun);
                _services.Starter.Release(attempt);
                return null;
            }
            return await _services.Recorder.ConcludeAsync(
                attempt, _connection.Current.Connection, responses, _lane.Route.Provider);
        }
        catch (UnsendableMessageException e)
        {
            return await _services.Recorder.HoldAsync(attempt, _connection.Current.Connection, e.Message);
        }
        catch (OperationCanceledException) when (_services.Stopping.IsCancellationRequested)
        {
            _services.Starter.Release(attempt);
            throw;
        }
        catch (Exception e) when (e is not JournalFailedException)
        {
            // Our own mistake with this message: it is tried again later, and the lane goes on with others.
            _services.Metrics.Trouble();
            Log.AttemptFailed(_services.Logger, attempt.Message.Id, e);
            _connection.Leave();
            return await _services.Recorder.ConcludeAsync(attempt, Unsent.OurTrouble(attempt.BegunAt));
        }
    }

    // RFC 8689 §4.2.1: verified TLS, to a host whose name is certain; the server's promise is asked for with MAIL.
    private async ValueTask<Unsent?> EnsureVerifiedAsync(Attempt attempt)
    {
        if (_connection.Current.Connection.TlsVerified) return null;
        if (_lane.Route.Security is { HostsAreCertain: false, Sts: null })
        {
            return new Unsent(
                new DeliveryOutcome.Failed(
                    FailureReason.NotSupportedByPeer, new EnhancedStatus(5, 7, 30), null,
                    "REQUIRETLS was asked for, and neither DNSSEC nor MTA-STS makes the domain's hosts certain"),
                attempt.BegunAt);
        }
        return await _connection.OpenVerifiedAsync() switch
        {
            OpenResult.Failed failed => failed.ToUnsent(),
            OpenResult.Resting resting => resting.Last.ToUnsent(),
            _ => null,
        };
    }

    // The failure that is everybody's answer; null when there is a connection again.
    private async ValueTask<OpenResult.Failed?> ReopenAsync()
    {
        _reopened = Now();
        return await _connection.OpenAsync() switch
        {
            OpenResult.Failed failed => failed,
            OpenResult.Resting resting => resting.Last,
            _ => null,
        };
    }

    // No connection in the place of the one that the server had closed. Where others serve, this was one too many, and
    // nothing was said about the mail.
    private async ValueTask<Conclusion?> MissedAsync(Attempt attempt, OpenResult.Failed failed)
    {
        if (SignalOf(failed) is { } refusal && _lane.Open > 0)
        {
            _lane.Refused(ref _ticket, refusal, _reopened);
            _services.Starter.Release(attempt);
            return null;
        }
        _ticket.Signal = SignalOf(failed);
        return await _services.Recorder.ConcludeAsync(attempt, failed.ToUnsent());
    }

    // The server said goodbye to a connection while others are open.
    private bool IsOneTooMany()
    {
        if (_connection.MayCarryMore || _lane.Open < 2) return false;
        _connection.Leave();
        return true;
    }

    private LaneSignal? SignalOf(OpenResult.Failed failed) =>
        failed.Cause is { } cause ? SignalReader.Read(_lane.Route.Provider, cause) : null;

    private TimeSpan Now() => _services.Clock.GetElapsedTime(0);

    private void LearnFrom(Attempt attempt, IReadOnlyList<RecipientResponse> responses)
    {
        _ticket.Account = attempt.Message.Account;
        _ticket.SenderDomain = attempt.Message.Envelope.Sender?.Domain;
        foreach (var response in responses) _ticket.IsAccepted |= response is RecipientResponse.Taken;
        if (responses.Count == 1 && _ticket.IsAccepted) return;
        _ticket.Signal = SignalReader.Read(_lane.Route.Provider, responses);
        if (responses.Count == 1) return;
        var taken = 0;
        var hadEnough = false;
        foreach (var response in responses)
        {
            if (response is RecipientResponse.Taken) taken++;
            if (response is RecipientResponse.Refused refused)
                hadEnough |= ReplyClassifier.IsTooManyRecipients(refused.Phase, refused.Reply);
        }
        if (hadEnough && taken > 0) _lane.TookOnly(taken);
    }

    // Results of the last attempt and the start of the next, in one commit.
    private async ValueTask SaveAsync(Attempt? next)
    {
        var done = _unsaved;
        if (done is null && next is null) return;
        _unsaved = null;
        try
        {
            await CommitAsync(done, next);
        }
        catch (SpoolFullException) when (done is not null)
        {
            done = _services.Recorder.WithoutNotices(done);
            await CommitAsync(done, next);
        }
        if (done is not null) _services.Recorder.Publish(done);
    }

    // What was decided is committed, whatever is cancelled: the claims end with it.
    private ValueTask CommitAsync(Conclusion? done, Attempt? next)
    {
        var entries = ImmutableArray.CreateBuilder<JournalEntry>(2);
        done?.AddTo(entries);
        if (next is not null) entries.Add(next.Started(_connection.Current.Connection.Target.HostName));
        return _services.Journal.CommitAsync(
            entries.DrainToImmutable(), done is null ? Durability.Written : Durability.Soon, CancellationToken.None);
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "A worker of the lane to {Site} ended; the lane goes on")]
        public static partial void Trouble(ILogger logger, string site, Exception exception);

        [LoggerMessage(LogLevel.Error, "The attempt for {MessageId} ended in our own trouble; it is tried again later")]
        public static partial void AttemptFailed(ILogger logger, MessageId messageId, Exception exception);
    }
}
