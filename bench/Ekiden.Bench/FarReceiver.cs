using System.Net;
using System.Net.Sockets;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;

namespace Ekiden.Bench;

/// <summary>A receiver far away, for measuring a relay that must keep thousands of connections open.</summary>
internal sealed class FarReceiver(Arguments arguments, X509Certificate2? certificate)
{
    private readonly TimeProvider _clock = TimeProvider.System;
    private long _connections;
    private long _open;
    private long _mostOpen;
    private long _mails;
    private long _firstMail;
    private long _lastMail;

    public TimeSpan RoundTrip { get; } = TimeSpan.FromMilliseconds(arguments.Number("round-trip", 150));

    public TimeSpan Dot { get; } = TimeSpan.FromMilliseconds(arguments.Number("dot", 800));

    public int MailsPerConnection { get; } = arguments.Number("mails", 20);

    public X509Certificate2? Certificate { get; } = certificate;

    public static async Task<int> RunAsync(Arguments arguments)
    {
        using var certificate = arguments.Text("tls", "starttls") == "none" ? null : MakeCertificate();
        var receiver = new FarReceiver(arguments, certificate);
        using var stopping = new CancellationTokenSource();
        void Stop(PosixSignalContext signal)
        {
            signal.Cancel = true;
            stopping.Cancel();
        }
        using var terminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop);
        using var interrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop);
        await receiver.AcceptAsync(IPEndPoint.Parse(arguments.Text("listen", "127.0.0.1:2526")), stopping.Token);
        receiver.Report();
        return 0;
    }

    public Task WaitAsync(TimeSpan time, CancellationToken stopping) => Task.Delay(time, _clock, stopping);

    public void CountMail()
    {
        var now = _clock.GetTimestamp();
        Interlocked.CompareExchange(ref _firstMail, now, 0);
        Volatile.Write(ref _lastMail, now);
        Interlocked.Increment(ref _mails);
    }

    private async Task AcceptAsync(IPEndPoint address, CancellationToken stopping)
    {
        using var listener = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp);
        listener.Bind(address);
        listener.Listen(4096);
        Console.WriteLine($$"""{"event":"ready","address":"{{listener.LocalEndPoint}}"}""");
        try
        {
            while (true) _ = ServeAsync(await listener.AcceptAsync(stopping), stopping);
        }
        catch (OperationCanceledException)
        {
            // Told to stop; what is open ends with the process.
        }
    }

    private async Task ServeAsync(Socket socket, CancellationToken stopping)
    {
        Interlocked.Increment(ref _connections);
        var open = Interlocked.Increment(ref _open);
        if (open > Volatile.Read(ref _mostOpen)) Volatile.Write(ref _mostOpen, open);
        try
        {
            await using var session = new FarSession(socket, this);
            await session.RunAsync(stopping);
        }
        catch (Exception e) when (e is IOException or SocketException or OperationCanceledException
            or System.Security.Authentication.AuthenticationException)
        {
            // The client went away.
        }
        finally
        {
            Interlocked.Decrement(ref _open);
        }
    }

    private void Report()
    {
        var seconds = _clock.GetElapsedTime(_firstMail, _lastMail).TotalSeconds;
        Console.WriteLine(JsonSerializer.Serialize(new
        {
            mails = _mails,
            connections = _connections,
            most_open = _mostOpen,
            seconds = Math.Round(seconds, 2),
            mails_per_second = seconds > 0 ? Math.Round(_mails / seconds, 1) : 0,
            receiver_cpu_seconds = Math.Round(Environment.CpuUsage.TotalTime.TotalSeconds, 2),
            receiver_rss_mib = Environment.WorkingSet / 1024 / 1024,
        }));
    }

    private static X509Certificate2 MakeCertificate()
    {
        using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
        var request = new CertificateRequest("CN=far.example", key, HashAlgorithmName.SHA256);
        var now = TimeProvider.System.GetUtcNow();
        return request.CreateSelfSigned(now.AddDays(-1), now.AddDays(30));
    }
}
