using System.Net;

namespace Ekiden.Smtp.Client;

/// <summary>
/// An open connection that carries one transaction after the other. Lent to one user at a time; made by
/// <see cref="SmtpConnector"/>.
/// </summary>
/// <remarks>
/// While nothing is sent, and while the reply to the final dot is waited for, it holds about 3 KiB besides TLS.
/// </remarks>
public sealed class SmtpClientConnection : IAsyncDisposable
{
    private readonly ClientWire _wire;
    private readonly SmtpClientOptions _options;
    private readonly bool _isLmtp;
    private bool _isClosing;
    private bool _needsReset;
    private bool _isBusy;

    internal SmtpClientConnection(ClientWire wire, SmtpClientOptions options, SmtpTarget target)
    {
        _wire = wire;
        _options = options;
        Target = target;
        _isLmtp = target.Protocol == MailProtocol.Lmtp;
    }

    /// <summary>Where it goes.</summary>
    public SmtpTarget Target { get; }

    /// <summary>What the server announced, after TLS if there is TLS.</summary>
    public ServerExtensions Extensions { get; internal set; } = ServerExtensions.None;

    /// <summary>What protects it; null in clear.</summary>
    public TlsSession? Tls { get; internal set; }

    /// <summary>Why opportunistic TLS failed on a first connection, so that this one is in clear; null
    /// otherwise.</summary>
    public string? TlsFallback { get; internal set; }

    /// <summary>Our end; null for a Unix socket.</summary>
    public IPEndPoint? LocalAddress { get; internal set; }

    /// <summary>Transactions begun so far.</summary>
    public int Transactions { get; private set; }

    /// <summary>
    /// Another transaction may begin: nothing broke, the server did not say 421, its MAILMAX (RFC 9422) is not reached.
    /// </summary>
    public bool IsUsable =>
        !_isClosing && _wire.Trouble is null && !(Transactions >= Extensions.MaxTransactions);

    /// <summary>
    /// Asks the system, without a round trip, whether the server hung up or spoke unasked since the last transaction.
    /// For a pool, before it lends a connection that has rested.
    /// </summary>
    public bool HasGoneAway() => _wire.IsReadable;

    /// <summary>Carries one transaction, whenever its final dot is sent.</summary>
    /// <inheritdoc cref="SendAsync(OutgoingMessage, CancellationToken, CancellationToken)"/>
    public Task<IReadOnlyList<RecipientResponse>> SendAsync(OutgoingMessage message, CancellationToken cancel) =>
        SendAsync(message, CancellationToken.None, cancel);

    /// <summary>Carries one transaction.</summary>
    /// <param name="message">What is sent.</param>
    /// <param name="lastDot">
    /// From then on no final dot is sent: a transaction that is not so far ends like one that is cancelled, and one
    /// that waits for the reply to its dot goes on.
    /// </param>
    /// <param name="cancel">
    /// Ends the connection; the responses then are <see cref="RecipientResponse.Broken"/>, so that nobody forgets what
    /// may have been taken already.
    /// </param>
    /// <returns>One response per recipient, in their order.</returns>
    /// <exception cref="UnsendableMessageException">
    /// The message is to be held. The connection is as usable as <see cref="IsUsable"/> says.
    /// </exception>
    /// <exception cref="InvalidOperationException">The connection is busy or not usable.</exception>
    public async Task<IReadOnlyList<RecipientResponse>> SendAsync(
        OutgoingMessage message, CancellationToken lastDot, CancellationToken cancel)
    {
        if (_isBusy || !IsUsable) throw new InvalidOperationException("The connection is busy or of no more use.");
        _isBusy = true;
        Transactions++;
        var isWhole = false;
        var transaction = new ClientTransaction(
            _wire, Extensions, _options, message, _isLmtp, Tls is { Verified: true });
        _wire.BeginAttempt(_options.AttemptTimeout);
        await using var late = lastDot.UnsafeRegister(static wire => ((ClientWire)wire!).ForbidDot(), _wire);
        await using var stop = cancel.UnsafeRegister(
            static wire => ((ClientWire)wire!).Abort(ConnectFailure.Local, "stopped by us"), _wire);
        try
        {
            var responses = await transaction.RunAsync(_needsReset);
            isWhole = true;
            return responses;
        }
        finally
        {
            // An exception once something was said: nobody knows whose turn it is.
            if (!isWhole && transaction.HasSpoken) _wire.Abort(ConnectFailure.Local, "stopped by our own trouble");
            _needsReset = transaction.NeedsReset;
            _isClosing |= transaction.IsClosing;
            _isBusy = false;
            _wire.Rest();
        }
    }

    /// <summary>Says QUIT if the server still listens, waits at most 5 s for its reply, and closes.</summary>
    public async Task QuitAsync(CancellationToken cancel)
    {
        await using var stop = cancel.UnsafeRegister(
            static wire => ((ClientWire)wire!).Abort(ConnectFailure.Local, "stopped by us"), _wire);
        if (!_isClosing && _wire.Trouble is null)
        {
            using var commands = new CommandBuffer();
            commands.Verb("QUIT");
            if (await _wire.WriteAsync(commands.Written, _options.QuitTimeout, _options.QuitTimeout))
                await _wire.ReadReplyAsync();
        }
        await DisposeAsync();
    }

    /// <summary>Closes without a word.</summary>
    public ValueTask DisposeAsync()
    {
        _isClosing = true;
        _wire.Dispose();
        return ValueTask.CompletedTask;
    }
}
