using System.IO.Pipelines;
using Ekiden.Smtp.Server;

namespace Ekiden.Testing;

/// <summary>
/// A session's transport without a socket. The client's writes run the session inline, so that a test knows: when a
/// send has returned, the session has done all it can with these bytes. TLS is only pretended.
/// </summary>
internal sealed class PipeTransport : ISessionTransport
{
    private static readonly PipeOptions Inline = new(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: 0, useSynchronizationContext: false);

    private readonly Pipe _toServer = new(Inline);
    private readonly Pipe _toClient;

    /// <param name="replyRoom">Bytes of replies that fit before the client has to read; 0 is no limit.</param>
    public PipeTransport(int replyRoom = 0) => _toClient = new Pipe(new PipeOptions(
        readerScheduler: PipeScheduler.Inline, writerScheduler: PipeScheduler.Inline,
        pauseWriterThreshold: replyRoom, resumeWriterThreshold: replyRoom / 2, useSynchronizationContext: false));

    public PipeReader Input => _toServer.Reader;

    public PipeWriter Output => _toClient.Writer;

    /// <summary>The client's end: what the server says.</summary>
    public PipeReader FromServer => _toClient.Reader;

    /// <summary>The client's end: what it says.</summary>
    public PipeWriter ToServer => _toServer.Writer;

    /// <summary>The handshake that is pretended next; null fails.</summary>
    public TlsState? NextHandshake { get; set; } = new("TLSv1.3", "TLS_AES_256_GCM_SHA384", new byte[32]);

    /// <summary>The server gave up on the client.</summary>
    public bool IsAborted { get; private set; }

    public bool HasInput()
    {
        if (!Input.TryRead(out var read)) return false;
        var hasInput = !read.Buffer.IsEmpty;
        Input.AdvanceTo(read.Buffer.Start);
        return hasInput;
    }

    public ValueTask<TlsState?> StartTlsAsync(CancellationToken cancel) => ValueTask.FromResult(NextHandshake);

    public void Abort()
    {
        IsAborted = true;
        FromServer.CancelPendingRead();
        _toClient.Reader.Complete();
    }
}
