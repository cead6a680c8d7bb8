using System.Runtime.CompilerServices;

namespace Ekiden.Smtp.Client;

/// <summary>One transaction on an open connection, from MAIL to the reply to the final dot.</summary>
/// <remarks>
/// The ones of its steps that wait for a reply take their state machines from a pool: together they are most of what
/// a message would allocate.
/// </remarks>
internal sealed class ClientTransaction(
    ClientWire wire, ServerExtensions offered, SmtpClientOptions options, OutgoingMessage message, bool isLmtp,
    bool isVerified)
{
    // Replies to a group wait in the buffers of both sides until the group is written: RFC 2920 §3.1. 100 fit anywhere.
    private const int MaxGroup = 100;

    private static readonly byte[] LoneDot = ".\r\n"u8.ToArray();

    // What is null at the end of the envelope was accepted; what is null at the very end shares the fate of the rest.
    private readonly RecipientResponse?[] _responses = new RecipientResponse?[message.Recipients.Count];
    private SmtpPhase _phase = SmtpPhase.Mail;
    private bool _senderTaken;
    private bool _isFirstReply;
    private bool _afterDot;

    /// <summary>At least a part of a command was sent.</summary>
    public bool HasSpoken { get; private set; }

    /// <summary>The server still holds half a transaction: the next one starts with RSET.</summary>
    public bool NeedsReset { get; private set; }

    /// <summary>The server said 421: it takes no more.</summary>
    public bool IsClosing { get; private set; }

    /// <summary>One response per recipient, in their order.</summary>
    /// <exception cref="UnsendableMessageException">Our own trouble; the connection may be dead.</exception>
    public async Task<IReadOnlyList<RecipientResponse>> RunAsync(bool resetFirst)
    {
        if (MissingExtension() is { } extension)
        {
            NeedsReset = resetFirst;
            Fill(new RecipientResponse.Unsupported(extension));
            return Finish();
        }
        using var content = new ContentWriter(wire, options);
        var isBuffered = message.Content.TryGetBuffered(out var buffered);
        if (isBuffered) content.Inspect(buffered);

        NeedsReset = resetFirst;
        if (wire.HasInput) wire.Abort(ConnectFailure.BrokenReply, "the server spoke out of turn");
        if (wire.Trouble is not null) return Finish();
        var isOpen = offered.Pipelining ? await OpenPipelinedAsync(resetFirst) : await OpenStepwiseAsync(resetFirst);
        if (!isOpen) return Finish();

        _phase = SmtpPhase.Eom;
        _afterDot = isBuffered
            ? await content.SendAsync(buffered)
            : await content.SendAsync(message.Content.ReadAsync(CancellationToken.None));
        _isFirstReply = _afterDot;
        await ReadVerdictAsync();
        return Finish();
    }

    // RFC 8689 §4.2.1: such mail goes to nobody who does not promise the same.
    // RFC 6531 §3.4 forbids UTF-8 addresses, RFC 6152 §3 8-bit content, to a server that does not announce them; we do
    // not convert. RFC 1870 §6.1: larger than the server's limit need not be tried.
    private string? MissingExtension()
    {
        if (message.RequireTls && !(isVerified && offered.RequireTls)) return "REQUIRETLS";
        if (NeedsSmtpUtf8() && !(offered.SmtpUtf8 && offered.EightBitMime)) return "SMTPUTF8";
        if (message.EightBit && !offered.EightBitMime) return "8BITMIME";
        return message.Size > offered.SizeLimit ? "SIZE" : null;
    }

    private bool NeedsSmtpUtf8()
    {
        if (message.SmtpUtf8 || message.Sender is { NeedsSmtpUtf8: true }) return true;
        for (var i = 0; i < message.Recipients.Count; i++)
            if (message.Recipients[i].Address.NeedsSmtpUtf8) return true;
        return false;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> OpenPipelinedAsync(bool resetFirst)
    {
        var count = message.Recipients.Count;
        for (var from = 0; from < count; from += MaxGroup)
        {
            var to = Math.Min(from + MaxGroup, count);
            if (!await WriteGroupAsync(from, to, resetFirst && from == 0)) return false;
            if (from == 0 && !await ReadStartAsync(resetFirst)) return false;
            for (var i = from; i < to; i++)
                if (!await ReadRecipientAsync(i)) return false;
            if (!_senderTaken && to < count) return false;
        }
        return await ReadDataAsync();
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> WriteGroupAsync(int from, int to, bool resetFirst)
    {
        using var commands = new CommandBuffer();
        if (resetFirst) commands.Verb("RSET");
        if (from == 0) commands.Mail(message, NeedsSmtpUtf8(), offered);
        for (var i = from; i < to; i++) commands.Recipient(message.Recipients[i], offered);
        if (to == message.Recipients.Count) commands.Verb("DATA");
        var firstReply = resetFirst ? options.ResetTimeout : options.CommandTimeout;
        HasSpoken = _isFirstReply = true;
        return await wire.WriteAsync(commands.Written, options.StallTimeout, firstReply);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadStartAsync(bool resetFirst) =>
        (!resetFirst || await ReadResetAsync()) && await ReadSenderAsync();

    // A server without PIPELINING gets one command at a time: RFC 2920 §3.1.
    private async ValueTask<bool> OpenStepwiseAsync(bool resetFirst)
    {
        using var commands = new CommandBuffer();
        if (resetFirst)
        {
            commands.Verb("RSET");
            if (!await WriteAsync(commands, options.ResetTimeout) || !await ReadResetAsync()) return false;
        }
        commands.Mail(message, NeedsSmtpUtf8(), offered);
        if (!await WriteAsync(commands, options.CommandTimeout) || !await ReadSenderAsync()) return false;
        if (!_senderTaken) return false;
        for (var i = 0; i < _responses.Length; i++)
        {
            commands.Recipient(message.Recipients[i], offered);
            _phase = SmtpPhase.Rcpt;
            if (!await WriteAsync(commands, options.CommandTimeout) || !await ReadRecipientAsync(i)) return false;
        }
        if (!HasAccepted()) return false;
        commands.Verb("DATA");
        _phase = SmtpPhase.Data;
        return await WriteAsync(commands, options.DataTimeout) && await ReadDataAsync();
    }

    private async ValueTask<bool> WriteAsync(CommandBuffer commands, TimeSpan limit)
    {
        HasSpoken = _isFirstReply = true;
        var written = await wire.WriteAsync(commands.Written, options.StallTimeout, limit);
        commands.Clear();
        return written;
    }

    private async ValueTask<bool> ReadResetAsync()
    {
        var code = await ReadAsync(SmtpPhase.Mail, options.ResetTimeout);
        NeedsReset = false;
        return code != 0 && (code / 100 == 2 || Unexpected(code, "RSET"));
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadSenderAsync()
    {
        var code = await ReadAsync(SmtpPhase.Mail, options.CommandTimeout);
        if (code == 0 || code / 100 == 3) return code != 0 && Unexpected(code, "MAIL");
        _senderTaken = NeedsReset = code / 100 == 2;
        if (!_senderTaken) Fill(new RecipientResponse.Refused(SmtpPhase.Mail, wire.Reply()));
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadRecipientAsync(int index)
    {
        var code = await ReadAsync(SmtpPhase.Rcpt, options.CommandTimeout);
        if (code == 0 || code / 100 == 3) return code != 0 && Unexpected(code, "RCPT");
        if (code / 100 == 2)
        {
            // It would now take an empty message for somebody, from a sender that it refused.
            return _senderTaken || Unexpected(code, "RCPT after a refused MAIL");
        }
        _responses[index] ??= new RecipientResponse.Refused(SmtpPhase.Rcpt, wire.Reply());
        return true;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<bool> ReadDataAsync()
    {
        var code = await ReadAsync(SmtpPhase.Data, options.DataTimeout);
        if (code == 0) return false;
        if (code / 100 == 2) return Unexpected(code, "DATA");
        if (code / 100 != 3)
        {
            Fill(new RecipientResponse.Refused(SmtpPhase.Data, wire.Reply()));
            return false;
        }
        if (HasAccepted()) return true;
        await SendLoneDotAsync();
        return false;
    }

    // Nobody is left, yet the server waits for content: RFC 2920 §3.1 asks for a lone dot, and its reply means nothing.
    private async ValueTask SendLoneDotAsync()
    {
        _isFirstReply = true;
        if (!await wire.WriteAsync(LoneDot, options.StallTimeout, options.CommandTimeout)) return;
        NeedsReset = await ReadAsync(SmtpPhase.Eom, options.CommandTimeout) == 0;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder))]
    private async ValueTask ReadVerdictAsync()
    {
        if (!_afterDot)
        {
            await ReadRefusalAsync();
            return;
        }
        RecipientResponse? verdict = null;
        for (var i = 0; i < _responses.Length; i++)
        {
            if (_responses[i] is not null) continue;
            // LMTP answers for each accepted recipient, in order: RFC 2033 §4.2. SMTP once.
            if (verdict is null || isLmtp)
            {
                var code = await ReadAsync(SmtpPhase.Eom, options.DotTimeout);
                if (code == 0) return;
                if (code / 100 == 3)
                {
                    Unexpected(code, "the final dot");
                    return;
                }
                NeedsReset = false; // whatever it answered, the transaction is over: RFC 5321 §4.1.1.4
                verdict = code / 100 == 2
                    ? new RecipientResponse.Taken(wire.Reply())
                    : new RecipientResponse.Refused(SmtpPhase.Eom, wire.Reply());
            }
            _responses[i] = verdict;
        }
    }

    // A server that refuses and closes while content is still coming has said why before it closed.
    private async ValueTask ReadRefusalAsync()
    {
        if (wire.Trouble is not { Kind: ConnectFailure.Reset }) return;
        var code = await ReadAsync(SmtpPhase.Eom, options.QuitTimeout);
        if (code / 100 is 4 or 5) Fill(new RecipientResponse.Refused(SmtpPhase.Eom, wire.Reply()));
    }

    // 0: the connection is over, or is closing. The limit of the first reply after a write was set by the write.
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<int> ReadAsync(SmtpPhase phase, TimeSpan limit)
    {
        _phase = phase;
        if (!_isFirstReply) wire.ExpectWithin(limit, isDot: _afterDot);
        _isFirstReply = false;
        var code = await wire.ReadReplyAsync();
        if (code != 421) return code;
        // RFC 5321 §3.8: it closes the channel, whatever it was asked. Nobody's mail was taken.
        IsClosing = true;
        Fill(new RecipientResponse.Refused(phase, wire.Reply()));
        return 0;
    }

    private bool Unexpected(int code, string command)
    {
        wire.Abort(ConnectFailure.BrokenReply, $"{code} is no answer to {command}");
        return false;
    }

    private bool HasAccepted() => Array.IndexOf(_responses, null) >= 0;

    private void Fill(RecipientResponse response)
    {
        for (var i = 0; i < _responses.Length; i++) _responses[i] ??= response;
    }

    private RecipientResponse[] Finish()
    {
        if (HasAccepted())
        {
            var why = wire.Trouble?.Why ?? "the transaction ended without a reply";
            Fill(new RecipientResponse.Broken(_phase, why, _afterDot));
        }
        return _responses!; // nothing in it is null now
    }
}
