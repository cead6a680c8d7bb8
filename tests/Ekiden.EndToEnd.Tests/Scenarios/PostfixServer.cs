using System.Net;
using System.Net.Sockets;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A Postfix of its own in a temporary folder, which needs root.</summary>
internal sealed class PostfixServer : IAsyncDisposable
{
    private readonly string _folder;

    private PostfixServer(string folder, IPEndPoint address) => (_folder, Address) = (folder, address);

    /// <summary>Where its smtpd listens.</summary>
    public IPEndPoint Address { get; }

    /// <summary>What it has logged.</summary>
    public string Log => File.ReadAllText(Path.Combine(_folder, "maillog"));

    /// <summary>Starts it.</summary>
    /// <param name="settings">More lines of main.cf.</param>
    public static async Task<PostfixServer> StartAsync(string settings)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-postfix-").FullName;
        await OutsideProgram.RunAsync("chmod", "755", folder);
        var server = new PostfixServer(folder, new IPEndPoint(IPAddress.Loopback, FreePort()));
        foreach (var name in new[] { "queue", "data" }) System.IO.Directory.CreateDirectory(Path.Combine(folder, name));
        await OutsideProgram.RunAsync("chown", "postfix", Path.Combine(folder, "data"));
        var cancel = TestContext.Current.CancellationToken;
        await File.WriteAllTextAsync(Path.Combine(folder, "main.cf"), MainFile(folder) + settings, cancel);
        await File.WriteAllTextAsync(Path.Combine(folder, "master.cf"), MasterFile(server.Address), cancel);
        var (exit, output) = await OutsideProgram.RunAsync("postfix", "-c", folder, "start");
        Assert.True(exit == 0, output);
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await OutsideProgram.RunAsync("postfix", "-c", _folder, "stop");
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    // Postfix cannot be told to choose: a port that was free a moment ago.
    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private static string MainFile(string folder) => $"""
        compatibility_level = 3.6
        queue_directory = {folder}/queue
        data_directory = {folder}/data
        mail_owner = postfix
        setgid_group = postdrop
        maillog_file = {folder}/maillog
        maillog_file_prefixes = {folder}
        myhostname = postfix.test
        inet_interfaces = 127.0.0.1
        inet_protocols = ipv4
        mydestination =
        local_recipient_maps =
        alias_maps =
        alias_database =
        smtpd_tls_security_level = none
        smtp_tls_security_level = none
        smtp_dns_support_level = disabled
        smtp_host_lookup = native
        smtpd_peername_lookup = no

        """;

    private static string MasterFile(IPEndPoint address) => $"""
        {address} inet n - n - - smtpd
        pickup unix n - n 60 1 pickup
        cleanup unix n - n - 0 cleanup
        qmgr unix n - n 300 1 qmgr
        rewrite unix - - n - - trivial-rewrite
        bounce unix - - n - 0 bounce
        defer unix - - n - 0 bounce
        trace unix - - n - 0 bounce
        flush unix n - n 1000? 0 flush
        proxymap unix - - n - - proxymap
        smtp unix - - n - - smtp
        relay unix - - n - - smtp
        error unix - - n - - error
        retry unix - - n - - error
        anvil unix - - n - 1 anvil
        scache unix - - n - 1 scache
        postlog unix-dgram n - n - 1 postlogd

        """;
}
