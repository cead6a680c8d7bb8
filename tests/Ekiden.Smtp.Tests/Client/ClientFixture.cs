using System.Buffers;
using System.Net;
using System.Text;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Smtp.Tests.Client;

/// <summary>Short ways to targets, messages and connections, so that a test shows only what it is about.</summary>
internal static class ClientFixture
{
    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public static SmtpTarget Target(IPEndPoint address, TlsLevel tls = TlsLevel.None) =>
        new("mx.example", address, null, "client.example", tls);

    public static Task<ConnectOutcome> ConnectAsync(
        SmtpTarget target, SmtpClientOptions? options = null, TimeProvider? clock = null) =>
        new SmtpConnector(clock ?? TimeProvider.System, NullLogger<SmtpConnector>.Instance)
            .ConnectAsync(target, options ?? new SmtpClientOptions(), Cancel);

    public static async Task<SmtpClientConnection> OpenAsync(
        SmtpTarget target, SmtpClientOptions? options = null, TimeProvider? clock = null) =>
        Assert.IsType<ConnectOutcome.Connected>(await ConnectAsync(target, options, clock)).Connection;

    public static async Task<ConnectOutcome.Failed> FailAsync(
        SmtpTarget target, SmtpClientOptions? options = null, TimeProvider? clock = null) =>
        Assert.IsType<ConnectOutcome.Failed>(await ConnectAsync(target, options, clock));

    public static Mailbox Box(string address) =>
        Mailbox.TryParse(address, out var mailbox) ? mailbox : throw new ArgumentException(address);

    public static OutgoingMessage Message(string content, params string[] recipients) =>
        Message(Encoding.UTF8.GetBytes(content), recipients);

    public static OutgoingMessage Message(byte[] content, params string[] recipients) => new(
        Box("sender@example.org"),
        recipients.Length == 0
            ? [new EnvelopeRecipient(Box("one@example.net"))]
            : [.. recipients.Select(address => new EnvelopeRecipient(Box(address)))],
        new BufferedContent(new ReadOnlySequence<byte>(content)),
        content.Length);

    public static ReadOnlySequence<byte> Chunked(byte[] content, IEnumerable<int> cuts)
    {
        Segment? first = null, last = null;
        var start = 0;
        foreach (var cut in cuts.Append(content.Length))
        {
            var piece = content.AsMemory(start..cut);
            last = last is null ? first = new Segment(piece) : last.Append(piece);
            start = cut;
        }
        return first is null || last is null
            ? default
            : new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory) => Memory = memory;

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory) { RunningIndex = RunningIndex + Memory.Length };
            Next = next;
            return next;
        }
    }
}

/// <summary>Content in memory.</summary>
internal sealed class BufferedContent(ReadOnlySequence<byte> content) : IOutgoingContent
{
    public bool TryGetBuffered(out ReadOnlySequence<byte> buffered)
    {
        buffered = content;
        return true;
    }

    public IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancel) =>
        throw new InvalidOperationException("It is in memory.");
}

/// <summary>Content that comes piece by piece; a null piece throws, as a failing disk does.</summary>
internal sealed class StreamedContent(params byte[]?[] pieces) : IOutgoingContent
{
    public bool TryGetBuffered(out ReadOnlySequence<byte> buffered)
    {
        buffered = default;
        return false;
    }

    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        foreach (var piece in pieces)
        {
            await Task.Yield();
            yield return piece ?? throw new IOException("disk error");
        }
    }
}
