using System.Buffers;
using System.Net.Security;
using System.Net.Sockets;
using System.Text;

namespace Ekiden.Bench;

/// <summary>One connection of a <see cref="FarReceiver"/>. Holds no buffer while it waits.</summary>
internal sealed class FarSession(Socket socket, FarReceiver receiver) : IAsyncDisposable
{
    private static readonly byte[] End = "\r\n.\r\n"u8.ToArray();

    private Stream _stream = new NetworkStream(socket, ownsSocket: true);
    private byte[] _rest = []; // half a line
    private int _matched = 2; // how much of End has been seen; an empty message begins with its CRLF seen
    private int _mails;
    private bool _inContent;
    private bool _isEncrypted;
    private bool _startTls;
    private bool _isOver;

    public async Task RunAsync(CancellationToken stopping)
    {
        socket.NoDelay = true;
        await receiver.WaitAsync(receiver.RoundTrip, stopping);
        await SayAsync("220 far.example ESMTP\r\n", stopping);
        while (!_isOver && await ReadAsync(stopping) is { Length: > 0 } replies)
        {
            await receiver.WaitAsync(replies == AtDot ? receiver.Dot : receiver.RoundTrip, stopping);
            if (replies == AtDot) receiver.CountMail();
            await SayAsync(replies, stopping);
            if (_startTls) await StartTlsAsync(stopping);
        }
    }

    public ValueTask DisposeAsync() => _stream.DisposeAsync();

    private const string AtDot = "250 2.0.0 Ok\r\n";

    private async Task StartTlsAsync(CancellationToken stopping)
    {
        _startTls = false;
        _isEncrypted = true;
        await receiver.WaitAsync(receiver.RoundTrip, stopping);
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = receiver.Certificate }, stopping);
    }

    private async Task SayAsync(string text, CancellationToken stopping) =>
        await _stream.WriteAsync(Encoding.ASCII.GetBytes(text), stopping);

    // The replies to what came together; empty at the end. Content yields nothing until its dot.
    private async Task<string> ReadAsync(CancellationToken stopping)
    {
        while (true)
        {
            _ = await _stream.ReadAsync(Memory<byte>.Empty, stopping);
            var buffer = ArrayPool<byte>.Shared.Rent(16 * 1024);
            try
            {
                var length = await _stream.ReadAsync(buffer, stopping);
                if (length == 0) return "";
                var replies = Take(buffer.AsSpan(0, length));
                if (replies.Length > 0) return replies;
            }
            finally
            {
                ArrayPool<byte>.Shared.Return(buffer);
            }
        }
    }

    private string Take(ReadOnlySpan<byte> input)
    {
        if (_inContent) return IsEndOf(input) ? AtDot : "";
        byte[] lines = [.. _rest, .. input];
        var last = lines.AsSpan().LastIndexOf((byte)'\n') + 1;
        _rest = lines[last..];
        var replies = new StringBuilder();
        var text = Encoding.ASCII.GetString(lines, 0, last);
        foreach (var line in text.Split("\r\n", StringSplitOptions.RemoveEmptyEntries))
            replies.Append(Answer(line.Split(' ')[0].ToUpperInvariant()));
        return replies.ToString();
    }

    private bool IsEndOf(ReadOnlySpan<byte> input)
    {
        // The end is the end of the input, as no client here speaks before the reply.
        if (input.Length > End.Length) _matched = 0;
        foreach (var octet in input[Math.Max(0, input.Length - End.Length)..])
            _matched = _matched < End.Length && octet == End[_matched] ? _matched + 1 : octet == End[0] ? 1 : 0;
        if (_matched < End.Length) return false;
        (_matched, _inContent) = (2, false);
        _mails++;
        return true;
    }

    private string Answer(string verb)
    {
        switch (verb)
        {
            case "EHLO":
                var most = receiver.MailsPerConnection;
                var limits = most > 0 ? $"250-LIMITS MAILMAX={most}\r\n" : "";
                var tls = receiver.Certificate is not null && !_isEncrypted ? "250-STARTTLS\r\n" : "";
                return $"250-far.example\r\n{limits}{tls}250-8BITMIME\r\n250-SMTPUTF8\r\n250 PIPELINING\r\n";
            case "STARTTLS":
                _startTls = true;
                return "220 Go\r\n";
            case "MAIL" when receiver.MailsPerConnection > 0 && _mails >= receiver.MailsPerConnection:
                _isOver = true;
                return "421 4.7.0 Enough for one connection\r\n";
            case "DATA":
                _inContent = true;
                return "354 Go\r\n";
            case "QUIT":
                _isOver = true;
                return "221 Bye\r\n";
            default:
                return "250 Ok\r\n";
        }
    }
}
