using System.Net;
using System.Net.Sockets;
using Ekiden.Mail;

namespace Ekiden.Receiving;

/// <summary>One conversation with a test receiver.</summary>
internal sealed class ReceiverSession(Socket socket, Receiver receiver, TimeProvider clock)
{
    private static readonly SmtpReply Ok = SmtpReply.Of(250, "2.0.0", "Ok");
    private static readonly SmtpReply GoAhead = new(354, null, "Go ahead");
    private static readonly SmtpReply Bye = SmtpReply.Of(221, "2.0.0", "Bye");
    private static readonly SmtpReply NotNow = SmtpReply.Of(503, "5.5.1", "Bad sequence of commands");
    private static readonly SmtpReply Unknown = SmtpReply.Of(500, "5.5.2", "Unknown command");
    private static readonly SmtpReply TooMany = SmtpReply.Of(452, "4.5.3", "Too many recipients");
    private static readonly SmtpReply Enough = SmtpReply.Of(421, "4.7.0", "Too many messages in this connection");

    private readonly ReceiverLine _line = new(socket, clock);
    private readonly IPAddress _client = ((IPEndPoint)socket.RemoteEndPoint!).Address; // it is connected
    private string? _sender;
    private int _recipients;
    private int _messages;

    private ReceiverLimits Limits => receiver.Limits;

    /// <summary>Talks until one side has enough. Never throws.</summary>
    public async Task RunAsync(CancellationToken stopping)
    {
        var refused = Limits.Enter(_client);
        try
        {
            if (refused is not null)
            {
                receiver.Statistics.WasRefused();
                await EndAsync(refused, stopping);
                return;
            }
            receiver.Statistics.Entered();
            await TalkAsync(stopping);
        }
        catch (Exception gone) when (gone is SocketException or OperationCanceledException or IOException)
        {
            // The peer hung up, or the receiver stops: nothing is left to say.
        }
        finally
        {
            // Before the hangup: who sees it may come again at once.
            if (refused is null)
            {
                Limits.Leave(_client);
                receiver.Statistics.Left();
            }
            socket.Dispose();
        }
    }

    private async ValueTask TalkAsync(CancellationToken stopping)
    {
        await DelayAsync(Limits.Now.BannerDelay, stopping);
        _line.Write(new SmtpReply(220, null, $"{Limits.Now.Name} ESMTP test receiver"));
        while (await _line.ReadAsync(stopping) is { } command)
        {
            await DelayAsync(Limits.Now.CommandDelay, stopping);
            if (!await AnswerAsync(command, stopping)) return;
        }
    }

    // False: the conversation is over.
    private async ValueTask<bool> AnswerAsync(string command, CancellationToken stopping)
    {
        var verb = command.AsSpan(0, Math.Min(4, command.Length));
        if (Is(verb, "MAIL")) return await MailAsync(command, stopping);
        if (Is(verb, "DATA")) return await DataAsync(stopping);
        if (Is(verb, "QUIT"))
        {
            await EndAsync(new Refused(Refusal.Reply, Bye), stopping);
            return false;
        }
        _line.Write(Reply(verb, command));
        return true;
    }

    private SmtpReply Reply(ReadOnlySpan<char> verb, string command)
    {
        if (Is(verb, "RCPT")) return Recipient(command);
        if (Is(verb, "EHLO"))
            return new SmtpReply(250, null, $"{Limits.Now.Name}\nPIPELINING\n8BITMIME\nSMTPUTF8\nENHANCEDSTATUSCODES");
        if (Is(verb, "HELO")) return new SmtpReply(250, null, Limits.Now.Name);
        if (!Is(verb, "RSET")) return Is(verb, "NOOP") ? Ok : Unknown;
        _sender = null;
        return Ok;
    }

    private async ValueTask<bool> MailAsync(string command, CancellationToken stopping)
    {
        var now = Limits.Now;
        if (now.MessagesPerConnection > 0 && _messages >= now.MessagesPerConnection)
        {
            await EndAsync(new Refused(now.AfterMessages, Enough), stopping);
            return false;
        }
        var refused = Limits.Begin();
        if (refused is { Kind: not Refusal.Reply })
        {
            receiver.Statistics.Answered(421);
            await EndAsync(refused, stopping);
            return false;
        }
        if (refused is not null) receiver.Statistics.Answered(refused.Reply.Code);
        else (_sender, _recipients) = (Path(command), 0);
        _line.Write(refused?.Reply ?? Ok);
        return true;
    }

    private SmtpReply Recipient(string command)
    {
        if (_sender is null) return NotNow;
        var reply = _recipients >= Limits.Now.RecipientsPerMessage
            ? TooMany : Limits.Check(_client, _sender, Path(command));
        if (reply is null) _recipients++;
        else receiver.Statistics.Answered(reply.Code);
        return reply ?? Ok;
    }

    private async ValueTask<bool> DataAsync(CancellationToken stopping)
    {
        if (_sender is null || _recipients == 0)
        {
            _line.Write(NotNow);
            return true;
        }
        _line.Write(GoAhead);
        if (!await _line.SkipContentAsync(stopping)) return false;
        await DelayAsync(Limits.Now.MessageDelay, stopping);
        receiver.Statistics.Took(_recipients);
        _sender = null;
        _messages++;
        _line.Write(Ok);
        var now = Limits.Now;
        // A peer that closes after so many does so at once, as Yahoo does, and not at the next MAIL.
        var hasCarriedAll = now.MessagesPerConnection > 0 && _messages >= now.MessagesPerConnection;
        if (!hasCarriedAll || now.AfterMessages == Refusal.Reply) return true;
        await EndAsync(new Refused(now.AfterMessages, Enough), stopping);
        return false;
    }

    private async ValueTask EndAsync(Refused refused, CancellationToken stopping)
    {
        if (refused.Kind == Refusal.Reply) _line.Write(refused.Reply);
        await _line.FlushAsync(stopping);
        // A linger of nothing makes the system send RST.
        if (refused.Kind == Refusal.Reset) socket.LingerState = new LingerOption(enable: true, 0);
    }

    private async ValueTask DelayAsync(TimeSpan delay, CancellationToken stopping)
    {
        if (delay <= TimeSpan.Zero) return;
        await _line.FlushAsync(stopping);
        await Task.Delay(delay, clock, stopping);
    }

    private static bool Is(ReadOnlySpan<char> verb, string word) =>
        verb.Equals(word, StringComparison.OrdinalIgnoreCase);

    private static string Path(string command)
    {
        var begin = command.IndexOf('<', StringComparison.Ordinal);
        var end = command.IndexOf('>', Math.Max(begin, 0));
        return begin < 0 || end < 0 ? "" : command[(begin + 1)..end];
    }
}
