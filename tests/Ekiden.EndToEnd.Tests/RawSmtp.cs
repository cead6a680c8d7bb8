using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Ekiden.EndToEnd.Tests;

/// <summary>A client that sends exactly the bytes it is told, in exactly the pieces it is told.</summary>
public sealed class RawSmtp : IAsyncDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(60);

    private readonly TcpClient _client = new() { NoDelay = true };
    private readonly byte[] _buffer = new byte[16 * 1024];
    private readonly CancellationTokenSource _patience =
        CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
    private Stream _stream = Stream.Null;
    private int _start;
    private int _end;

    private RawSmtp() => _patience.CancelAfter(Patience);

    /// <summary>Connects, and reads nothing yet.</summary>
    public static async Task<RawSmtp> ConnectAsync(IPEndPoint server)
    {
        var client = new RawSmtp();
        client._client.Client.Dispose();
        client._client.Client = new Socket(
            server.AddressFamily, SocketType.Stream, ProtocolType.Tcp)
        { NoDelay = true };
        await client._client.ConnectAsync(server, client._patience.Token);
        client._stream = client._client.GetStream();
        return client;
    }

    /// <summary>One write: a segment, or a TLS record. A server that has closed is no error: what it said
    /// counts.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes)
    {
        try
        {
            await _stream.WriteAsync(bytes, _patience.Token);
        }
        catch (IOException)
        {
            // the server does not listen any more
        }
    }

    /// <summary>Text as UTF-8, in one write.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>The next whole reply, its lines joined by LF; null at the end of the connection.</summary>
    public async Task<string?> ReadReplyAsync()
    {
        var lines = new List<string>();
        while (await ReadLineAsync() is { } line)
        {
            lines.Add(line);
            if (line.Length < 4 || line[3] != '-') return string.Join('\n', lines);
        }
        return null;
    }

    /// <summary>A command and its reply, which must start with <paramref name="code"/>.</summary>
    public async Task<string> AskAsync(string command, string code)
    {
        await SendAsync(command + "\r\n");
        return await ExpectAsync(code, command);
    }

    /// <summary>The next reply, which must start with <paramref name="code"/>.</summary>
    public async Task<string> ExpectAsync(string code, string to = "the greeting")
    {
        var reply = await ReadReplyAsync();
        Assert.True(
            reply?.StartsWith(code, StringComparison.Ordinal) == true,
                $"{code} expected to {to}, got {reply ?? "the end"}");
        return reply!; // asserted
    }

    /// <summary>STARTTLS and a handshake with whatever certificate there is.</summary>
    public async Task StartTlsAsync()
    {
        await AskAsync("STARTTLS", "220");
        await ShakeHandsAsync();
    }

    /// <summary>A handshake with whatever certificate there is.</summary>
    public async Task ShakeHandsAsync()
    {
        var secure = new SslStream(_stream, leaveInnerStreamOpen: false);
        var options = new SslClientAuthenticationOptions
        {
            TargetHost = "relay.test",
#pragma warning disable CA5359 // the certificate is the test server's own, made a moment ago
            RemoteCertificateValidationCallback = (_, _, _, _) => true,
#pragma warning restore CA5359
        };
        await secure.AuthenticateAsClientAsync(options, _patience.Token);
        _stream = secure;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await _stream.DisposeAsync();
        _client.Dispose();
        _patience.Dispose();
    }

    private async Task<string?> ReadLineAsync()
    {
        while (true)
        {
            var length = _buffer.AsSpan(_start, _end - _start).IndexOf("\r\n"u8);
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(_buffer, _start, length);
                _start += length + 2;
                return line;
            }
            if (!await FillAsync()) return null;
        }
    }

    private async Task<bool> FillAsync()
    {
        Buffer.BlockCopy(_buffer, _start, _buffer, 0, _end - _start);
        (_start, _end) = (0, _end - _start);
        try
        {
            var count = await _stream.ReadAsync(_buffer.AsMemory(_end), _patience.Token);
            _end += count;
            return count > 0;
        }
        catch (IOException)
        {
            return false; // reset: the end as well
        }
    }
}
