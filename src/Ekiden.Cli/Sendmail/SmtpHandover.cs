using System.Buffers;
using System.Globalization;
using System.Text;

namespace Ekiden.Cli.Sendmail;

/// <summary>
/// Hands one message to the relay listener: as much SMTP as that needs. All recipients or none: a caller that is told
/// "no" can repeat the call without anybody getting the mail twice.
/// </summary>
internal sealed class SmtpHandover(Stream connection) : IDisposable
{
    private const int LongestReply = 64 * 1024;
    private const int BlockSize = 64 * 1024;
    private readonly StreamReader _replies = new(connection, Encoding.Latin1, false, 1024, leaveOpen: true);

    /// <summary>Sends the message.</summary>
    /// <returns>0 and the server's last words, or the exit code and why.</returns>
    /// <exception cref="IOException">The connection broke.</exception>
    public async Task<(int ExitCode, string Text)> SendAsync(
        SendmailEnvelope envelope, SendmailMessage message, SendmailArguments arguments, CancellationToken cancel)
    {
        var greeting = await ReadReplyAsync(cancel);
        if (!greeting.IsPositive) return Refused(greeting, SysExits.Unavailable);
        var hello = await SayAsync("EHLO localhost", cancel);
        if (!hello.IsPositive) return Refused(hello, SysExits.Unavailable);

        var mail = await SayAsync(Mail(envelope, message, arguments, hello), cancel);
        if (!mail.IsPositive) return Refused(mail, SysExits.Unavailable);
        foreach (var recipient in envelope.Recipients)
        {
            var notify = arguments.Notify is { } words && hello.Offers("DSN") ? $" NOTIFY={words}" : "";
            var rcpt = await SayAsync($"RCPT TO:<{recipient}>{notify}", cancel);
            if (!rcpt.IsPositive) return Refused(rcpt with { Text = $"{recipient}: {rcpt.Text}" }, SysExits.NoUser);
        }
        var data = await SayAsync("DATA", cancel);
        if (data.Code != 354) return Refused(data, SysExits.Unavailable);
        await WriteContentAsync(message, cancel);
        var end = await ReadReplyAsync(cancel);
        if (!end.IsPositive) return Refused(end, SysExits.DataError);
        await SayAsync("QUIT", cancel);
        return (SysExits.Ok, end.Text);
    }

    /// <summary>Leaves the connection open.</summary>
    public void Dispose() => _replies.Dispose();

    private static string Mail(
        SendmailEnvelope envelope, SendmailMessage message, SendmailArguments arguments, Reply hello)
    {
        var mail = new StringBuilder($"MAIL FROM:<{envelope.Sender}>");
        if (hello.Offers("SIZE")) mail.Append(CultureInfo.InvariantCulture, $" SIZE={message.Size}");
        if ((arguments.IsEightBit || message.IsEightBit) && hello.Offers("8BITMIME")) mail.Append(" BODY=8BITMIME");
        if (envelope.NeedsSmtpUtf8 && hello.Offers("SMTPUTF8")) mail.Append(" SMTPUTF8");
        if (arguments.Return is { } part && hello.Offers("DSN")) mail.Append(" RET=").Append(part);
        if (arguments.EnvelopeId is { } id && hello.Offers("DSN")) mail.Append(" ENVID=").Append(Xtext(id));
        return mail.ToString();
    }

    // RFC 3461 §4: everything but printable ASCII, and + and =, as +XX.
    private static string Xtext(string text)
    {
        var encoded = new StringBuilder();
        foreach (var octet in Encoding.UTF8.GetBytes(text))
        {
            if (octet is > 32 and < 127 and not (byte)'+' and not (byte)'=') encoded.Append((char)octet);
            else encoded.Append(CultureInfo.InvariantCulture, $"+{octet:X2}");
        }
        return encoded.ToString();
    }

    private static (int, string) Refused(Reply reply, int exitCode) =>
        (reply.Code is >= 500 and < 600 ? exitCode : SysExits.TemporaryFailure, reply.ToString());

    // RFC 5321 §4.5.2: a line that begins with a dot gets another.
    private async Task WriteContentAsync(SendmailMessage message, CancellationToken cancel)
    {
        var block = new ArrayBufferWriter<byte>(BlockSize);
        foreach (var line in message.Lines)
        {
            if (line.Length > 0 && line[0] == '.') block.Write("."u8);
            block.Write(line);
            block.Write("\r\n"u8);
            if (block.WrittenCount < BlockSize) continue;
            await connection.WriteAsync(block.WrittenMemory, cancel);
            block.ResetWrittenCount();
        }
        block.Write(".\r\n"u8);
        await connection.WriteAsync(block.WrittenMemory, cancel);
    }

    private async Task<Reply> SayAsync(string command, CancellationToken cancel)
    {
        await connection.WriteAsync(Encoding.UTF8.GetBytes(command + "\r\n"), cancel);
        return await ReadReplyAsync(cancel);
    }

    private async Task<Reply> ReadReplyAsync(CancellationToken cancel)
    {
        var text = new StringBuilder();
        while (true)
        {
            var line = await _replies.ReadLineAsync(cancel) ?? throw new IOException("the server hung up");
            var hasCode = int.TryParse(
                line.AsSpan(0, Math.Min(3, line.Length)), NumberStyles.None, CultureInfo.InvariantCulture,
                out var code);
            if (!hasCode || code < 200 || text.Length > LongestReply)
                throw new IOException($"not an SMTP reply: {line}");
            if (text.Length > 0) text.Append('\n');
            text.Append(line.Length > 4 ? line[4..] : "");
            if (line.Length == 3 || line[3] != '-') return new Reply(code, text.ToString());
        }
    }

    private sealed record Reply(int Code, string Text)
    {
        public bool IsPositive => Code is >= 200 and < 300;

        public bool Offers(string extension) => Text.Split('\n').Skip(1).Any(line =>
            line.Split(' ')[0].Equals(extension, StringComparison.OrdinalIgnoreCase));

        public override string ToString() => $"{Code} {Text.Replace('\n', ' ')}";
    }
}
