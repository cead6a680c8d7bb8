using System.Net;
using System.Text;
using Ekiden.Smtp.Server;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Testing;

/// <summary>How a test's session is set up.</summary>
public sealed record DialogueOptions
{
    public ListenerRole Role { get; init; } = ListenerRole.Inbound;
    public ListenerTls Tls { get; init; } = ListenerTls.None;
    public bool AllowPlaintextAuth { get; init; }
    public bool IsListedClient { get; init; }
    public bool IsStressed { get; init; }
    public SessionLimits Limits { get; init; } = new();
    public FakeMailReceiver Receiver { get; init; } = new();
    public ILogger Log { get; init; } = NullLogger.Instance;
    public int ReplyRoom { get; init; }

    /// <summary>Bytes that the client sends before the banner.</summary>
    public string EarlyTalk { get; init; } = "";

    /// <summary>A submission listener with STARTTLS.</summary>
    public static DialogueOptions Submission { get; } =
        new() { Role = ListenerRole.Submission, Tls = ListenerTls.StartTls };

    /// <summary>A relay listener, seen by a client in its networks.</summary>
    public static DialogueOptions Relay { get; } = new() { Role = ListenerRole.Relay, IsListedClient = true };
}

/// <summary>One session over pipes, with the client's end and the clock in the test's hand.</summary>
public sealed class DialogueSession : IAsyncDisposable
{
    private readonly PipeTransport _transport;
    private readonly SmtpSession _session;
    private readonly CancellationTokenSource _stopping = new();

    private DialogueSession(DialogueOptions options, SignInGuardHandle? guard)
    {
        Options = options;
        Clock = guard?.Clock ?? new FakeTimeProvider();
        _transport = new PipeTransport(options.ReplyRoom);
        Info = new SessionInfo
        {
            SessionId = "test",
            Listener = "test",
            Role = options.Role,
            ClientAddress = IPAddress.Parse("192.0.2.1"),
        };
        var context = new SessionContext
        {
            HostName = "mx.example",
            Listener = new ListenerOptions
            {
                Name = "test",
                EndPoint = new IPEndPoint(IPAddress.Loopback, 0),
                Role = options.Role,
                Tls = options.Tls,
                AllowPlaintextAuth = options.AllowPlaintextAuth,
                Certificate = _ => throw new InvalidOperationException("TLS is pretended"),
            },
            Limits = options.Limits,
            Receiver = options.Receiver,
            Guard = guard?.Guard ?? new SignInGuard(options.Limits.AuthFailuresPerMinute, Clock),
            Clock = Clock,
            Log = options.Log,
            IsListedClient = options.IsListedClient,
            IsStressed = () => options.IsStressed,
        };
        _session = new SmtpSession(context, Info, _transport, _stopping.Token);
        Ended = Task.CompletedTask;
    }

    public DialogueOptions Options { get; }

    public FakeTimeProvider Clock { get; }

    /// <summary>Done when the session has ended.</summary>
    public Task Ended { get; private set; }

    /// <summary>The server gave up on the client without a word.</summary>
    public bool IsAborted => _transport.IsAborted;

    public SessionInfo Info { get; }

    /// <summary>Starts a session. Call it outside of any synchronisation context: everything runs inline.</summary>
    public static async Task<DialogueSession> StartAsync(DialogueOptions options, SignInGuardHandle? guard = null)
    {
        var session = new DialogueSession(options, guard);
        if (options.EarlyTalk.Length > 0) await session.SendAsync(options.EarlyTalk);
        session.Ended = session.RunAsync();
        return session;
    }

    /// <summary>Runs a test's conversation outside of the test framework's synchronisation context.</summary>
    public static Task InlineAsync(Func<Task> conversation) => Task.Run(conversation);

    /// <summary>Sends text as UTF-8 in one piece.</summary>
    public Task SendAsync(string text) => SendAsync(Encoding.UTF8.GetBytes(text));

    /// <summary>Sends bytes in one piece; the session has done with them what it can when this returns.</summary>
    public async Task SendAsync(ReadOnlyMemory<byte> bytes) => await _transport.ToServer.WriteAsync(bytes);

    /// <summary>The client says no more.</summary>
    public async Task FinishAsync() => await _transport.ToServer.CompleteAsync();

    /// <summary>The next TLS handshake fails.</summary>
    public void FailNextHandshake() => _transport.NextHandshake = null;

    /// <summary>The server is told to stop.</summary>
    public Task StopAsync() => _stopping.CancelAsync();

    /// <summary>
    /// The next whole reply, its lines joined by LF without CR; null at the end of what the server says, or when it has
    /// nothing to say at this moment.
    /// </summary>
    public string? TryReadReply()
    {
        if (!_transport.FromServer.TryRead(out var read)) return null;
        var text = Encoding.Latin1.GetString(read.Buffer);
        var length = ReplyLength(text);
        _transport.FromServer.AdvanceTo(read.Buffer.GetPosition(length));
        return length == 0 ? null : text[..(length - 2)].Replace("\r\n", "\n", StringComparison.Ordinal);
    }

    /// <summary>The next reply, however much time of the test's clock it takes; null at the end.</summary>
    public string? ReadReply()
    {
        for (var seconds = 0; seconds < 120; seconds++)
        {
            if (TryReadReply() is { } reply) return reply;
            if (Ended.IsCompleted) return null;
            Clock.Advance(TimeSpan.FromSeconds(1));
        }
        return null;
    }

    public async ValueTask DisposeAsync()
    {
        await _transport.ToServer.CompleteAsync();
        // The session may be in the middle of a delay.
        for (var seconds = 0; seconds < 600 && !Ended.IsCompleted; seconds++) Clock.Advance(TimeSpan.FromSeconds(1));
        await Ended;
        _session.Dispose();
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        await _session.RunAsync();
        await _transport.Output.CompleteAsync();
    }

    // The bytes of the first whole reply; 0 when there is none.
    private static int ReplyLength(string text)
    {
        for (var start = 0; ;)
        {
            var end = text.IndexOf("\r\n", start, StringComparison.Ordinal);
            if (end < 0) return 0;
            if (end - start < 4 || text[start + 3] != '-') return end + 2;
            start = end + 2;
        }
    }
}

/// <summary>A guard against wrong sign-ins, and its clock, that several sessions share.</summary>
public sealed class SignInGuardHandle(int perMinute)
{
    public FakeTimeProvider Clock { get; } = new();

    internal SignInGuard Guard => field ??= new SignInGuard(perMinute, Clock);
}
