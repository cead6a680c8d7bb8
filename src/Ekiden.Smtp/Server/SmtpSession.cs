using System.Runtime.CompilerServices;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>
/// One SMTP conversation, from the banner to the last reply. The order of commands is a table; TLS and sign-in are
/// fields; it knows no socket. RFC 5321 §3, §4.1.4.
/// </summary>
internal sealed partial class SmtpSession(
    SessionContext context, SessionInfo session, ISessionTransport transport, CancellationToken stopping) : IDisposable
{
    private enum Phase { Connected, Ready, HasSender, HasRecipient, Closed }

    private readonly SessionWire _wire = new(transport, context.Limits.WriteTimeout, context.Clock, stopping);
    private readonly SessionConduct _conduct = new(context.Limits, context.IsListedClient);
    private readonly AddressPolicy _addresses = new(session.Role, context.HostName);
    private readonly long _started = context.Clock.GetTimestamp();
    private Phase _phase = Phase.Connected;
    private MailTransaction? _transaction;
    private int _authFailures;

    /// <summary>TLS, if it began before the session or within it.</summary>
    public TlsState? Tls { get; set; }

    /// <summary>
    /// The session ended while the client may still be sending: what it sends has to be read before the close, or the
    /// last reply could be lost.
    /// </summary>
    public bool EndedEarly { get; private set; }

    /// <summary>Talks until somebody ends it. Never throws for what the client does.</summary>
    public async Task RunAsync()
    {
        await GreetAsync();
        while (_phase != Phase.Closed && !_wire.IsBroken)
        {
            if (_wire.IsStopping) Close(Replies.Stopping);
            else if (TakeCommand() is { } command) await AnswerAsync(command);
            else await FillAsync();
            await _wire.FlushIfManyAsync();
        }
        await _wire.FlushAsync();
    }

    /// <inheritdoc/>
    public void Dispose() => _wire.Dispose();

    // RFC 5321 §3.1; who talks before the banner does not listen: reliability B-R3.
    private async ValueTask GreetAsync()
    {
        var isEarly = context.Limits.BannerDelay > TimeSpan.Zero
            ? await _wire.FillAsync(context.Limits.BannerDelay) == FillStatus.Filled
            : _wire.HasInput();
        if (isEarly) Close(Replies.EarlyTalk);
        else _wire.Write(new SmtpReply(220, null, $"{context.HostName} ESMTP"));
    }

    // The next command that was received whole; null when more bytes are needed.
    private SmtpCommand? TakeCommand() => _wire.TryTakeLine(CommandParser.LongestAuthLine, out var line) switch
    {
        LineStatus.Line => CommandParser.Parse(line),
        LineStatus.TooLong => new SmtpCommand.Invalid(Replies.LineTooLong),
        LineStatus.Endless => new SmtpCommand.Invalid(Replies.LineTooLong, EndsSession: true),
        // RFC 8446 §5.1: a TLS record of type handshake, which holds a NUL soon.
        LineStatus.BareNewline when _wire.Unread.FirstSpan[0] == 0x16 =>
            new SmtpCommand.Invalid(Replies.NotSmtp, EndsSession: true),
        LineStatus.BareNewline => new SmtpCommand.Invalid(Replies.BareNewline, EndsSession: true),
        _ => null,
    };

    // Replies to pipelined commands leave together: RFC 2920 §3.2. The wire flushes before it waits.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask FillAsync()
    {
        switch (await _wire.FillAsync(CommandTimeout()))
        {
            case FillStatus.Ended: _phase = Phase.Closed; break;
            case FillStatus.Interrupted: Close(_wire.IsStopping ? Replies.Stopping : Replies.Timeout); break;
        }
    }

    private TimeSpan CommandTimeout()
    {
        var limits = context.Limits;
        var timeout = context.IsStressed() ? limits.StressCommandTimeout : limits.CommandTimeout;
        if (session.Role != ListenerRole.Submission || session.SignIn is not null) return timeout;
        var left = limits.SignInTimeout - context.Clock.GetElapsedTime(_started);
        return left < timeout ? left : timeout;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask AnswerAsync(SmtpCommand command)
    {
        SmtpReply? reply;
        try
        {
            reply = Refuse(command) ?? await HandleAsync(command);
        }
        catch (Exception trouble)
        {
            // The barrier of reliability M-R1: one session's trouble stays its own, and no text of it leaves.
            Log.Trouble(context.Log, trouble, session.SessionId);
            ResetTransaction();
            reply = Replies.LocalTrouble;
        }
        if (reply is null) return;
        if (reply.IsPermanent && _phase != Phase.Closed && _conduct.CountError(out var delay) is var verdict)
        {
            if (delay > TimeSpan.Zero) await DelayAsync(delay);
            if (verdict is not null) reply = verdict;
        }
        if (reply.Code == 421) Close(reply);
        else _wire.Write(reply);
    }

    private async ValueTask DelayAsync(TimeSpan delay)
    {
        await _wire.FlushAsync();
        await Task.Delay(delay, context.Clock, CancellationToken.None);
    }

    // What can be said without looking into the command: synchronisation, then order.
    private SmtpReply? Refuse(SmtpCommand command)
    {
        if (MustBeLast(command) && _wire.HasInput()) return End(Replies.EarlyTalk);
        return IsInOrder(command, _phase) ? null : Replies.BadSequence;
    }

    // RFC 2920 §3.1: nothing may follow these before their reply; and without EHLO nothing may be pipelined at all.
    private bool MustBeLast(SmtpCommand command) => command switch
    {
        SmtpCommand.Hello or SmtpCommand.Auth or SmtpCommand.StartTls or SmtpCommand.Data or SmtpCommand.Quit => true,
        SmtpCommand.Invalid => false,
        _ => _phase != Phase.Connected && !session.IsExtended,
    };

    // The order of commands: RFC 5321 §4.1.4.
    private static bool IsInOrder(SmtpCommand command, Phase phase) => command switch
    {
        SmtpCommand.Mail => phase is Phase.Ready,
        SmtpCommand.Rcpt => phase is Phase.HasSender or Phase.HasRecipient,
        SmtpCommand.Data => phase is Phase.HasRecipient,
        SmtpCommand.StartTls => phase is Phase.Ready,
        _ => true,
    };

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> HandleAsync(SmtpCommand command) => command switch
    {
        SmtpCommand.Mail mail => await MailAsync(mail),
        SmtpCommand.Rcpt rcpt => await RcptAsync(rcpt),
        SmtpCommand.Data => await DataAsync(),
        SmtpCommand.Hello hello => Hello(hello),
        SmtpCommand.Rset => Idle(Reset()),
        SmtpCommand.Noop => Idle(Replies.Ok),
        SmtpCommand.Vrfy => Idle(Replies.CannotVerify),
        SmtpCommand.Help => Idle(Replies.Help),
        SmtpCommand.Quit => Quit(),
        SmtpCommand.StartTls => await StartTlsAsync(),
        SmtpCommand.Auth auth => await AuthAsync(auth),
        SmtpCommand.Invalid { EndsSession: true } invalid => End(invalid.Reply),
        SmtpCommand.Invalid invalid when invalid.Reply == Replies.BadHelloName => RefuseName(),
        SmtpCommand.Invalid invalid => invalid.Reply,
        _ => Replies.UnknownCommand,
    };

    private SmtpReply Hello(SmtpCommand.Hello hello)
    {
        ResetTransaction();
        _phase = Phase.Ready;
        session.HelloName = hello.Name;
        session.IsExtended = hello.IsExtended;
        return hello.IsExtended
            ? ServiceOffer.Create(context, session, Tls)
            : new SmtpReply(250, null, context.HostName);
    }

    // Only that there was one: the name itself is what nobody should have to read.
    private SmtpReply RefuseName()
    {
        Log.HelloRefused(context.Log, session.SessionId, session.ClientAddress.ToString());
        return Replies.BadHelloName;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> MailAsync(SmtpCommand.Mail mail)
    {
        if (session.Role == ListenerRole.Submission && session.SignIn is null)
            return Tls is null && !context.Listener.AllowPlaintextAuth ? Replies.TlsFirst : Replies.SignInFirst;
        if (mail.HasParameters && !session.IsExtended) return Replies.UnknownParameter;
        // RFC 8689 §2: announced, and so known, over TLS alone.
        if (mail.RequireTls && Tls is null) return Replies.UnknownParameter;
        if (mail.Size > context.Limits.MaxMessage) return Replies.MessageTooLarge;
        if (AddressPolicy.ReadSender(mail, out var sender) is { } bad) return bad;
        if (_conduct.CountTransaction() is { } enough) return enough;

        var answer = _wire.BeginAnswer(context.Limits.AnswerTimeout);
        if (await context.Receiver.CheckSenderAsync(session, sender, mail.Size, answer) is { } refusal) return refusal;
        _transaction = new MailTransaction(mail, sender);
        _phase = Phase.HasSender;
        return Replies.SenderOk;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> RcptAsync(SmtpCommand.Rcpt rcpt)
    {
        var transaction = _transaction!; // the table of order says so
        if (rcpt.HasParameters && !session.IsExtended) return Replies.UnknownParameter;
        if (transaction.RecipientCount >= context.Limits.MaxRecipients) return Replies.TooManyRecipients;
        if (_addresses.ReadRecipient(rcpt, transaction.SmtpUtf8, out var address) is { } bad) return bad;
        // Reliability D-R1, D-R5: nobody relays here but the listed networks.
        if (session.Role == ListenerRole.Relay && !context.IsListedClient) return Replies.RelayingDenied;

        var recipient = new EnvelopeRecipient(address!, rcpt.Notify, rcpt.OriginalRecipient); // read without a refusal
        var answer = _wire.BeginAnswer(context.Limits.AnswerTimeout);
        var refusal = await context.Receiver.CheckRecipientAsync(session, transaction.Sender, recipient, answer);
        if (refusal is { IsPositive: false }) return refusal;
        transaction.Add(recipient);
        _phase = Phase.HasRecipient;
        return refusal ?? Replies.RecipientOk;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<SmtpReply?> DataAsync()
    {
        var envelope = _transaction!.ToEnvelope(); // the table of order says so
        // From here on the transaction is over, however it ends: reliability B-R1.
        ResetTransaction();
        var answer = _wire.BeginAnswer(context.Limits.AnswerTimeout);
        var (sink, refusal) = await context.Receiver.BeginAsync(session, envelope, answer);
        if (sink is null) return refusal ?? Replies.LocalTrouble;
        await using (sink)
        {
            _wire.Write(Replies.StartData);
            var reader = new MessageReader(_wire, context.Limits, context.Clock);
            // Should anything throw before the end of data, then nobody may take the rest for commands.
            _phase = Phase.Closed;
            var end = await reader.ReadAsync(sink);
            if (!end.Closes) _phase = Phase.Ready;
            EndedEarly |= end.Closes;
            if (end.Refusal is not null) return WriteLast(end);
            if (end.Closes) return null;
            if (reader.Trouble is { } trouble)
            {
                Log.Trouble(context.Log, trouble, session.SessionId);
                return Replies.LocalTrouble;
            }
            var reply = await sink.CompleteAsync(_wire.BeginAnswer(context.Limits.AnswerTimeout));
            if (reply.IsPositive) _conduct.CountMessage();
            return reply;
        }
    }

    private SmtpReply? WriteLast(MessageEnd end)
    {
        if (!end.Closes) return end.Refusal;
        // asked before
        Log.Ended(context.Log, session.SessionId, session.ClientAddress.ToString(), end.Refusal!.ToString());
        _wire.Write(end.Refusal);
        return null;
    }

    private async ValueTask<SmtpReply?> StartTlsAsync()
    {
        if (Tls is not null) return Replies.BadSequence;
        if (context.Listener.Tls != ListenerTls.StartTls || context.Listener.Certificate is null)
            return Replies.NotOffered;
        if (!context.TryBeginHandshake()) return Replies.TlsNotNow;
        try
        {
            _wire.Write(Replies.StartTls);
            await _wire.FlushAsync();
            Tls = await _wire.StartTlsAsync(context.Limits.HandshakeTimeout);
        }
        finally
        {
            context.EndHandshake();
        }
        // RFC 3207 §4.2: everything said before is forgotten.
        ResetTransaction();
        _phase = Tls is null ? Phase.Closed : Phase.Connected;
        session.HelloName = "";
        session.IsExtended = false;
        session.TlsProtocol = Tls?.Protocol;
        session.TlsCipher = Tls?.Cipher;
        return null;
    }

    private async ValueTask<SmtpReply?> AuthAsync(SmtpCommand.Auth auth)
    {
        if (session.Role != ListenerRole.Submission) return Replies.NotOffered;
        if (Tls is null && !context.Listener.AllowPlaintextAuth) return Replies.TlsForAuth;
        // RFC 4954 §4: after EHLO, once, and not within a transaction.
        if (_phase != Phase.Ready || !session.IsExtended || session.SignIn is not null) return Replies.BadSequence;
        var exchange = new SignInExchange(context, _wire, session, Tls?.EndPointBinding ?? default);
        switch (await exchange.RunAsync(auth))
        {
            case SignInResult.Done done:
                if (!context.TrySignedIn()) return Replies.TooManyConnections;
                session.SignIn = done.SignIn;
                _conduct.IsSignedIn = true;
                return Replies.SignedIn;
            case SignInResult.Refused refused:
                return refused.EndsSession ? End(refused.Reply) : refused.Reply;
            default:
                var isLast = ++_authFailures >= context.Limits.AuthFailuresClose;
                return isLast ? Replies.TooManyAuthFailures : Replies.AuthFailed;
        }
    }

    private SmtpReply Reset()
    {
        ResetTransaction();
        return Replies.Ok;
    }

    private SmtpReply Idle(SmtpReply reply) => _conduct.CountIdle() ?? reply;

    private SmtpReply Quit()
    {
        _phase = Phase.Closed;
        return Replies.Goodbye;
    }

    private void ResetTransaction()
    {
        _transaction = null;
        if (_phase is Phase.HasSender or Phase.HasRecipient) _phase = Phase.Ready;
    }

    // The reply is the last one.
    private SmtpReply End(SmtpReply reply)
    {
        _phase = Phase.Closed;
        EndedEarly = true;
        Log.Ended(context.Log, session.SessionId, session.ClientAddress.ToString(), reply.ToString());
        return reply;
    }

    private void Close(SmtpReply reply) => _wire.Write(End(reply));

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "Trouble in session {SessionId}")]
        public static partial void Trouble(ILogger log, Exception trouble, string sessionId);

        [LoggerMessage(LogLevel.Information, "Session {SessionId} of {Client}: the name in EHLO or HELO was refused")]
        public static partial void HelloRefused(ILogger log, string sessionId, string client);

        [LoggerMessage(LogLevel.Information, "Session {SessionId} of {Client} ended by us: {Reply}")]
        public static partial void Ended(ILogger log, string sessionId, string client, string reply);
    }
}
