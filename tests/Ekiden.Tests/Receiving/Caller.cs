using System.Net;
using System.Net.Sockets;

namespace Ekiden.Tests.Receiving;

/// <summary>A client on a real socket that says lines and reads replies.</summary>
internal sealed class Caller : IDisposable
{
    private readonly Socket _socket = new(SocketType.Stream, ProtocolType.Tcp);
    private readonly StreamReader _reader;

    private Caller(IPEndPoint address)
    {
        _socket.Connect(address);
        _reader = new StreamReader(new NetworkStream(_socket));
    }

    /// <summary>A caller who has read the greeting, or what came in its place.</summary>
    public static async Task<(Caller Caller, string? Greeting)> CallAsync(IPEndPoint address)
    {
        var caller = new Caller(address);
        return (caller, await caller.ReadAsync());
    }

    /// <summary>The next line; null is the end, "RST" a reset.</summary>
    public async Task<string?> ReadAsync()
    {
        try
        {
            return await _reader.ReadLineAsync(TestContext.Current.CancellationToken);
        }
        catch (IOException reset) when (reset.InnerException is SocketException
        { SocketErrorCode: SocketError.ConnectionReset })
        {
            return "RST";
        }
    }

    /// <summary>Says one line and reads one.</summary>
    public async Task<string?> SayAsync(string line)
    {
        await SendAsync(line + "\r\n");
        return await ReadAsync();
    }

    /// <summary>Sends text as it is.</summary>
    public async Task SendAsync(string text) => await _socket.SendAsync(
        System.Text.Encoding.ASCII.GetBytes(text), TestContext.Current.CancellationToken);

    /// <summary>One message; the replies to MAIL, RCPT and the content, up to the first that refuses.</summary>
    public async Task<string?> MailAsync(string recipient)
    {
        var reply = await SayAsync("MAIL FROM:<a@sender.test>");
        if (reply is not ['2', ..]) return reply;
        reply = await SayAsync($"RCPT TO:<{recipient}>");
        if (reply is not ['2', ..]) return reply;
        await SayAsync("DATA");
        return await SayAsync("Subject: test\r\n\r\nHello\r\n.");
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _reader.Dispose();
        _socket.Dispose();
    }
}
