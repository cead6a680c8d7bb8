using System.Diagnostics;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>A signed zone d.test on a real name server (nsd), and a real resolver (unbound) for it.</summary>
internal sealed class SignedZone : IAsyncDisposable
{
    private readonly string _folder;
    private readonly List<Process> _servers = [];

    private SignedZone(string folder) => _folder = folder;

    /// <summary>The resolver.</summary>
    public IPEndPoint Resolver { get; } = FreePort();

    /// <summary>Signs the records, lets somebody change the signed file, and serves it.</summary>
    /// <param name="records">In zone file form, relative to d.test.</param>
    /// <param name="tamper">From a line of the signed file to another one.</param>
    public static async Task<SignedZone> StartAsync(string[] records, Func<string, string>? tamper = null)
    {
        var zone = new SignedZone(System.IO.Directory.CreateTempSubdirectory("ekiden-security-zone-").FullName);
        try
        {
            var key = await zone.SignAsync(records);
            var signed = zone.PathOf("d.signed");
            if (tamper is not null)
                await File.WriteAllLinesAsync(signed, (await File.ReadAllLinesAsync(signed)).Select(tamper));
            await zone.ServeAsync(key);
            return zone;
        }
        catch
        {
            await zone.DisposeAsync();
            throw;
        }
    }

    public async ValueTask DisposeAsync()
    {
        foreach (var server in _servers)
        {
            server.Kill(entireProcessTree: true);
            await server.WaitForExitAsync();
            server.Dispose();
        }
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    private async Task<string> SignAsync(string[] records)
    {
        await File.WriteAllLinesAsync(PathOf("d.zone"),
        [
            "$ORIGIN d.test.", "$TTL 300", "@ SOA ns.d.test. admin.d.test. 1 3600 600 86400 300", "@ NS ns.d.test.",
            "ns A 127.0.0.1", .. records,
        ]);
        var key = (await RunAsync("ldns-keygen", "-r", "/dev/urandom", "-a", "ECDSAP256SHA256", "-k", "d.test")).Trim();
        await RunAsync("ldns-signzone", "-f", "d.signed", "d.zone", key);
        return key;
    }

    private async Task ServeAsync(string key)
    {
        var authority = FreePort();
        await File.WriteAllTextAsync(PathOf("nsd.conf"), $"""
            server:
              ip-address: 127.0.0.1@{authority.Port}
              username: ""
              chroot: ""
              zonesdir: "{_folder}"
              database: ""
              pidfile: "{PathOf("nsd.pid")}"
              xfrdfile: ""
              zonelistfile: "{PathOf("zone.list")}"
              xfrdir: "{_folder}"
              server-count: 1
              verbosity: 1
            remote-control:
              control-enable: no
            zone:
              name: d.test
              zonefile: d.signed
            """);
        await File.WriteAllTextAsync(PathOf("unbound.conf"), $"""
            server:
              interface: 127.0.0.1@{Resolver.Port}
              username: ""
              chroot: ""
              directory: "{_folder}"
              pidfile: ""
              use-syslog: no
              logfile: ""
              verbosity: 1
              num-threads: 1
              do-not-query-localhost: no
              do-ip6: no
              local-zone: "test." nodefault
              trust-anchor-file: "{PathOf(key + ".key")}"
            remote-control:
              control-enable: no
            stub-zone:
              name: "d.test"
              stub-addr: 127.0.0.1@{authority.Port}
            """);
        await StartAsync("nsd", "nsd started", "-d", "-c", "nsd.conf");
        await StartAsync("unbound", "start of service", "-d", "-c", "unbound.conf");
    }

    private string PathOf(string name) => Path.Join(_folder, name);

    private async Task<string> RunAsync(string program, params string[] arguments)
    {
        using var process = Start(program, arguments);
        var said = await process.StandardOutput.ReadToEndAsync();
        var complaint = await process.StandardError.ReadToEndAsync();
        await process.WaitForExitAsync();
        return process.ExitCode == 0 ? said : throw new InvalidOperationException($"{program}: {complaint}");
    }

    private async Task StartAsync(string program, string ready, params string[] arguments)
    {
        var process = Start(program, arguments);
        _servers.Add(process);
        var started = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        process.ErrorDataReceived += (_, line) =>
        {
            if (line.Data is null) started.TrySetException(new InvalidOperationException($"{program} ended"));
            else if (line.Data.Contains(ready, StringComparison.Ordinal)) started.TrySetResult();
        };
        process.BeginErrorReadLine();
        await started.Task;
    }

    // Servers are in sbin, which a user's PATH may not have.
    private Process Start(string program, string[] arguments)
    {
        var place = Path.Join("/usr/sbin", program);
        return Process.Start(new ProcessStartInfo(File.Exists(place) ? place : program, arguments)
        {
            WorkingDirectory = _folder,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        })!;
    }

    // Both servers need their port in a file before they start: it is one that was free a moment ago.
    private static IPEndPoint FreePort()
    {
        using var socket = new Socket(AddressFamily.InterNetwork, SocketType.Dgram, ProtocolType.Udp);
        socket.Bind(new IPEndPoint(IPAddress.Loopback, 0));
        return (IPEndPoint)socket.LocalEndPoint!;
    }
}
