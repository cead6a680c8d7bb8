using System.Net;
using System.Net.Sockets;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A Dovecot of its own in a temporary folder, which needs root: LMTP in, IMAP and POP3 out.</summary>
internal sealed class DovecotServer : IAsyncDisposable
{
    /// <summary>Everybody's password.</summary>
    public const string Password = "secret";

    private readonly string _folder;

    private DovecotServer(string folder) => _folder = folder;

    /// <summary>Where LMTP listens.</summary>
    public IPEndPoint Lmtp { get; } = new(IPAddress.Loopback, FreePort());

    /// <summary>Where IMAP listens.</summary>
    public IPEndPoint Imap { get; } = new(IPAddress.Loopback, FreePort());

    /// <summary>Where POP3 listens.</summary>
    public IPEndPoint Pop3 { get; } = new(IPAddress.Loopback, FreePort());

    /// <summary>The socket of LMTP.</summary>
    public string Socket => Path.Combine(_folder, "run", "lmtp");

    private string SettingsFile => Path.Combine(_folder, "dovecot.conf");

    /// <summary>Starts it with these users.</summary>
    public static async Task<DovecotServer> StartAsync(params string[] users)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-dovecot-").FullName;
        await OutsideProgram.RunAsync("chmod", "755", folder);
        foreach (var name in new[] { "mail", "run" }) System.IO.Directory.CreateDirectory(Path.Combine(folder, name));
        await OutsideProgram.RunAsync("chown", "nobody:nogroup", Path.Combine(folder, "mail"));
        var cancel = TestContext.Current.CancellationToken;
        var server = new DovecotServer(folder);
        await File.WriteAllLinesAsync(
            Path.Combine(folder, "users"),
            users.Select(user => $"{user}:{{PLAIN}}{Password}:65534:65534::{folder}/mail/{user}"), cancel);
        await File.WriteAllTextAsync(server.SettingsFile, server.Settings(), cancel);
        // It listens when the command ends, and holds on to its output.
        var errors = Path.Combine(folder, "errors");
        var (exit, _) = await OutsideProgram.RunAsync("sh", "-c", $"dovecot -c {server.SettingsFile} >{errors} 2>&1");
        Assert.True(exit == 0, await File.ReadAllTextAsync(errors, cancel));
        return server;
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        await OutsideProgram.RunAsync("doveadm", "-c", SettingsFile, "stop");
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    // Dovecot cannot be told to choose: a port that was free a moment ago.
    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }

    private string Settings() => $$"""
        protocols = lmtp imap pop3
        base_dir = {{_folder}}/run
        log_path = {{_folder}}/log
        ssl = no
        disable_plaintext_auth = no
        mail_location = maildir:~/Maildir
        passdb {
          driver = passwd-file
          args = {{_folder}}/users
        }
        userdb {
          driver = passwd-file
          args = {{_folder}}/users
        }
        service lmtp {
          unix_listener lmtp {
            mode = 0666
          }
          inet_listener lmtp {
            address = 127.0.0.1
            port = {{Lmtp.Port}}
          }
        }
        service imap-login {
          inet_listener imap {
            address = 127.0.0.1
            port = {{Imap.Port}}
          }
          inet_listener imaps {
            port = 0
          }
        }
        service pop3-login {
          inet_listener pop3 {
            address = 127.0.0.1
            port = {{Pop3.Port}}
          }
          inet_listener pop3s {
            port = 0
          }
        }

        """;
}
