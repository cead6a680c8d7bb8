namespace Ekiden.Testing;

/// <summary>One connection of a <see cref="FakeMx"/>.</summary>
internal sealed class FakeMxSession(ServerSide client, int number, FakeMxPolicy policy, Action<FakeMxMessage> keep)
{
    private readonly List<string> _recipients = [];
    private readonly List<string> _recipientParameters = [];
    private string? _sender;
    private string _senderParameters = "";
    private int _messages;

    public async Task RunAsync(bool isOverLimit, CancellationToken stopping)
    {
        var greeting = isOverLimit ? "421 4.7.0 Too many connections" : policy.Greeting(number);
        await client.LineAsync(greeting ?? $"220 {policy.HostName} ESMTP", stopping);
        if (greeting is not null && !greeting.StartsWith("220", StringComparison.Ordinal)) return;
        while (await client.ReadLineAsync(stopping) is { } line)
        {
            var reply = await HandleAsync(line, stopping);
            if (reply is null) return;
            await client.SayAsync(reply + "\r\n", stopping);
            if (reply.StartsWith("221", StringComparison.Ordinal) || reply.StartsWith("421", StringComparison.Ordinal))
                return;
            if (reply == StartTlsReply) await client.StartTlsAsync(policy.Certificate!, stopping);
        }
    }

    private const string StartTlsReply = "220 2.0.0 Go ahead";

    private async Task<string?> HandleAsync(string line, CancellationToken stopping)
    {
        var verb = line.Split(' ')[0].ToUpperInvariant();
        switch (verb)
        {
            case "EHLO":
                Forget();
                return Extensions();
            case "HELO" or "RSET":
                Forget();
                return "250 2.0.0 Ok";
            case "STARTTLS" when policy.Certificate is not null && !client.IsEncrypted:
                Forget();
                return StartTlsReply;
            case "MAIL" when _sender is null:
                if (_messages >= policy.MaxMessages) return "421 4.7.0 Enough for one connection";
                (_sender, _senderParameters) = Path(line);
                return "250 2.1.0 Ok";
            case "RCPT" when _sender is not null:
                return Recipient(line);
            case "DATA" when _recipients.Count > 0:
                return await ContentAsync(stopping);
            case "QUIT":
                return "221 2.0.0 Bye";
            default:
                return verb is "MAIL" or "RCPT" or "DATA" ? "503 5.5.1 Bad sequence" : "500 5.5.2 Unknown";
        }
    }

    private string Extensions()
    {
        string[] lines = policy.Certificate is null || client.IsEncrypted
            ? [policy.HostName, .. policy.Extensions]
            : [policy.HostName, .. policy.Extensions, "STARTTLS"];
        return string.Join("\r\n", lines.Select((text, i) => $"250{(i < lines.Length - 1 ? '-' : ' ')}{text}"));
    }

    private string Recipient(string line)
    {
        var (address, parameters) = Path(line);
        var reply = policy.ReplyToRecipient(address);
        if (reply[0] == '2')
        {
            _recipients.Add(address);
            _recipientParameters.Add(parameters);
        }
        return reply;
    }

    private async Task<string?> ContentAsync(CancellationToken stopping)
    {
        await client.LineAsync("354 Go ahead", stopping);
        var content = await client.ReadContentAsync(stopping);
        var message = new FakeMxMessage(
            number, _sender!, _senderParameters, [.. _recipients], [.. _recipientParameters], content,
            client.IsEncrypted);
        Forget();
        _messages++;
        if (policy.DotDelay > TimeSpan.Zero) await Task.Delay(policy.DotDelay, policy.Clock, stopping);
        if (policy.DiesAfterDot(message))
        {
            keep(message);
            return null;
        }
        var reply = policy.ReplyToContent(message);
        keep(message with { Reply = reply });
        return reply;
    }

    private void Forget()
    {
        _sender = null;
        _recipients.Clear();
        _recipientParameters.Clear();
    }

    private static (string Address, string Parameters) Path(string line)
    {
        var start = line.IndexOf('<', StringComparison.Ordinal);
        var end = line.LastIndexOf('>');
        return (line[(start + 1)..end], line[(end + 1)..].Trim());
    }
}
