using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using System.Text;

namespace Ekiden.Testing;

/// <summary>
/// The server's end of one connection in a test: lines, content, TLS, and rude endings. Reads strictly by RFC 5321:
/// only CRLF ends a line, only CRLF.CRLF ends content, everything else throws <see cref="InvalidDataException"/>. A
/// client that closes in the middle of something throws <see cref="EndOfStreamException"/>.
/// </summary>
public sealed class ServerSide : IAsyncDisposable
{
    private readonly Socket _socket;
    private readonly byte[] _buffer = new byte[64 * 1024];
    private Stream _stream;
    private int _start;
    private int _end;

    internal ServerSide(Socket socket)
    {
        if (socket.AddressFamily != AddressFamily.Unix) socket.NoDelay = true;
        _socket = socket;
        _stream = new NetworkStream(socket, ownsSocket: true);
    }

    /// <summary>Every line that came in clear, without CRLF, in order.</summary>
    public List<string> ClearLines { get; } = [];

    /// <summary>Every line that came over TLS.</summary>
    public List<string> TlsLines { get; } = [];

    /// <summary>The connection is encrypted now.</summary>
    public bool IsEncrypted => _stream is SslStream;

    /// <summary>The client's end.</summary>
    public EndPoint? RemoteAddress => _socket.RemoteEndPoint;

    /// <summary>Bytes that came and were not read yet.</summary>
    public bool HasInput => _start < _end || _socket.Available > 0;

    /// <summary>Sends text as it is, in one write.</summary>
    public Task SayAsync(string text, CancellationToken cancel = default) =>
        SayAsync(Encoding.UTF8.GetBytes(text), cancel);

    /// <summary>Sends bytes as they are, in one write.</summary>
    public async Task SayAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel = default)
    {
        await _stream.WriteAsync(bytes, cancel);
        await _stream.FlushAsync(cancel);
    }

    /// <summary>Sends one line with CRLF.</summary>
    public Task LineAsync(string line, CancellationToken cancel = default) => SayAsync(line + "\r\n", cancel);

    /// <summary>The next line; null when the client closed.</summary>
    public async Task<string?> ReadLineAsync(CancellationToken cancel = default)
    {
        if (await ReadRawLineAsync(cancel) is not { } raw) return null;
        var line = Encoding.UTF8.GetString(raw.AsSpan(0, raw.Length - 2));
        (IsEncrypted ? TlsLines : ClearLines).Add(line);
        return line;
    }

    /// <summary>The next line, which must start with this.</summary>
    public async Task<string> ExpectAsync(string start, CancellationToken cancel = default)
    {
        var line = await ReadLineAsync(cancel) ?? throw new InvalidDataException($"The client closed before {start}.");
        return line.StartsWith(start, StringComparison.Ordinal)
            ? line
            : throw new InvalidDataException($"Expected {start}, got {line}.");
    }

    /// <summary>Content up to the lone dot, unstuffed, in its canonical form.</summary>
    public async Task<byte[]> ReadContentAsync(CancellationToken cancel = default)
    {
        var content = new MemoryStream();
        while (true)
        {
            var line = await ReadRawLineAsync(cancel)
                ?? throw new EndOfStreamException("The client closed within its content.");
            if (line is [(byte)'.', (byte)'\r', (byte)'\n']) return content.ToArray();
            await content.WriteAsync(line[0] == '.' ? line.AsMemory(1) : line, cancel);
        }
    }

    /// <summary>Waits until the client closes or resets.</summary>
    public async Task ReadToEndAsync(CancellationToken cancel = default)
    {
        try
        {
            while (await FillAsync(cancel)) _start = _end;
        }
        catch (IOException)
        {
            // A reset ends it too.
        }
    }

    /// <summary>The server's side of a TLS handshake.</summary>
    public async Task StartTlsAsync(X509Certificate2 certificate, CancellationToken cancel = default)
    {
        if (_start < _end) throw new InvalidDataException("The client spoke in clear after STARTTLS.");
        var tls = new SslStream(_stream);
        _stream = tls;
        await tls.AuthenticateAsServerAsync(
            new SslServerAuthenticationOptions { ServerCertificate = certificate }, cancel);
    }

    /// <summary>Ends the connection with a TCP reset.</summary>
    public void Reset()
    {
        _socket.LingerState = new LingerOption(true, 0);
        _socket.Dispose();
    }

    /// <summary>Sends FIN, and still reads.</summary>
    public void HalfClose() => _socket.Shutdown(SocketShutdown.Send);

    /// <inheritdoc/>
    public async ValueTask DisposeAsync() => await _stream.DisposeAsync();

    private async Task<byte[]?> ReadRawLineAsync(CancellationToken cancel)
    {
        var line = new MemoryStream();
        while (true)
        {
            var feed = _buffer.AsSpan(_start.._end).IndexOf((byte)'\n');
            var take = feed < 0 ? _end - _start : feed + 1;
            await line.WriteAsync(_buffer.AsMemory(_start, take), cancel);
            _start += take;
            if (feed >= 0) return Canonical(line.ToArray());
            if (!await FillAsync(cancel))
                return line.Length == 0 ? null : throw new EndOfStreamException("The client closed within a line.");
        }
    }

    private static byte[] Canonical(byte[] line)
    {
        var text = line.AsSpan(0, Math.Max(0, line.Length - 2));
        var isCanonical = line.Length >= 2 && line[^2] == '\r' && text.IndexOfAny((byte)'\r', (byte)0) < 0;
        return isCanonical ? line : throw new InvalidDataException("A bare CR or LF, or a NUL.");
    }

    private async Task<bool> FillAsync(CancellationToken cancel)
    {
        _start = 0;
        _end = await _stream.ReadAsync(_buffer, cancel);
        return _end > 0;
    }
}
