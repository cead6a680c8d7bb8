using System.Diagnostics;
using System.Net.Sockets;
using System.Text.Json;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Interop;

/// <summary>rspamd verifies what we sign.</summary>
[Trait("needs", "outside")]
public sealed class RspamdTests : IDisposable
{
    private const int Letters = 1000;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ekiden-rspamd-");
    private readonly DkimKey _rsa = DkimKey.Generate(DkimAlgorithm.RsaSha256);
    private readonly DkimKey _ed25519 = DkimKey.Generate(DkimAlgorithm.Ed25519Sha256);

    public void Dispose()
    {
        _rsa.Dispose();
        _ed25519.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Rspamd_verifies_a_thousand_varied_letters_that_we_sign()
    {
        await using var names = FakeDnsServer.Start(
            $"rsa._domainkey.d.test TXT {_rsa.PublicRecord}", $"ed._domainkey.d.test TXT {_ed25519.PublicRecord}");
        using var rspamd = await StartAsync(names.EndPoint.Port);
        try
        {
            using var client = Connect();
            for (var i = 0; i < Letters; i++)
            {
                var letter = VariedLetters.Of(i);
                if (HasBlankBody(letter)) continue;
                var symbols = await CheckAsync(client, SignedLetters.Sign(letter, _rsa, _ed25519));
                Assert.False(symbols.TryGetProperty("R_DKIM_REJECT", out _), $"letter {i}: {symbols}");
                Assert.True(symbols.TryGetProperty("R_DKIM_ALLOW", out var allowed), $"letter {i}: {symbols}");
                Assert.Equal(2, allowed.GetProperty("options").GetArrayLength());
            }
        }
        finally
        {
            rspamd.Kill(entireProcessTree: true);
            await rspamd.WaitForExitAsync(CancellationToken.None);
        }
    }

    // rspamd 3.4 does not take lines of blanks alone for an empty body (RFC 6376 §3.4.4), whoever signed it.
    private static bool HasBlankBody(byte[] letter)
    {
        var body = letter.AsSpan(HeaderBlock.Read(letter).BodyOffset);
        return body.ContainsAny(" \t"u8) && !body.ContainsAnyExcept(" \t\r\n"u8);
    }

    // Its DKIM module alone, one worker, on a socket in the folder.
    private async Task<Process> StartAsync(int nameServer)
    {
        var settings = Path.Combine(_folder.FullName, "rspamd.conf");
        await File.WriteAllTextAsync(settings, $$"""
            options {
              filters = "dkim";
              pidfile = "{{_folder.FullName}}/pid";
              tempdir = "{{_folder.FullName}}";
              control_socket = "{{_folder.FullName}}/control mode=0600";
              dns { nameserver = ["127.0.0.1:{{nameServer}}"]; timeout = 5s; retransmits = 3; }
            }
            logging { type = "console"; level = "info"; }
            worker "normal" { bind_socket = "{{_folder.FullName}}/socket mode=0666"; count = 1; }
            dkim { check_local = true; check_authed = true; }
            metric { name = "default"; }

            """, TestContext.Current.CancellationToken);
        var process = new Process
        {
            StartInfo = new ProcessStartInfo("/usr/bin/rspamd", ["-f", "-i", "-c", settings])
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
            },
        };
        var ready = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        void Read(object sender, DataReceivedEventArgs line)
        {
            // a worker runs
            if (line.Data?.Contains("(normal)", StringComparison.Ordinal) == true) ready.TrySetResult();
        }
        process.OutputDataReceived += Read;
        process.ErrorDataReceived += Read;
        process.Start(); // throws when it is not installed: eng/test-packages.txt
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        await ready.Task.WaitAsync(TestContext.Current.CancellationToken);
        return process;
    }

    private HttpClient Connect() => new(new SocketsHttpHandler
    {
        ConnectCallback = async (_, cancel) =>
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(Path.Combine(_folder.FullName, "socket")), cancel);
            return new NetworkStream(socket, ownsSocket: true);
        },
    });

    private static async Task<JsonElement> CheckAsync(HttpClient client, byte[] message)
    {
        using var content = new ByteArrayContent(message);
        using var answer = await client.PostAsync(
            new Uri("http://rspamd/checkv2"), content, TestContext.Current.CancellationToken);
        using var json = JsonDocument.Parse(
            await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken));
        return json.RootElement.GetProperty("symbols").Clone();
    }
}
