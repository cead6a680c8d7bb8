using System.Net.Security;
using System.Net.Sockets;

namespace Ekiden.Smtp.Server;

/// <summary>A connected socket, or the TLS stream on it: one way to receive and to send for both.</summary>
internal sealed class ByteChannel(Socket socket, SslStream? tls)
{
    /// <summary>TLS is in use.</summary>
    public bool IsEncrypted => tls is not null;

    /// <summary>Bytes wait in the socket. Under TLS they may be anything, so it is asked in clear only.</summary>
    public bool HasWaitingBytes => socket.Available > 0;

    /// <summary>Receives; 0 is the end. An empty buffer waits for bytes without holding memory.</summary>
    public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancel) =>
        tls is null ? socket.ReceiveAsync(buffer, SocketFlags.None, cancel) : tls.ReadAsync(buffer, cancel);

    /// <summary>Sends all of it.</summary>
    public async ValueTask SendAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        if (tls is not null)
        {
            await tls.WriteAsync(bytes, cancel);
            return;
        }
        while (!bytes.IsEmpty) bytes = bytes[await socket.SendAsync(bytes, SocketFlags.None, cancel)..];
    }
}
