using System.Net;
using Ekiden.Directory;
using Ekiden.Receiving;
using Ekiden.Server.Hosting;
using Ekiden.Server.Settings;
using Microsoft.Extensions.Logging.Abstractions;

namespace Ekiden.Demo;

/// <summary>
/// Everything the demo needs, on loopback and in a temporary folder: three receivers of different character, the
/// sender's own mailbox (where notices come back), and the real server between them.
/// </summary>
internal sealed class DemoWorld : IAsyncDisposable
{
    /// <summary>The domain that the demo's account sends from.</summary>
    public const string SenderDomain = "shop.demo.test";

    private readonly string _folder;

    private DemoWorld(string folder, EkidenServer server, IssuedKey key)
    {
        _folder = folder;
        Server = server;
        Key = key;
    }

    public EkidenServer Server { get; }

    public IssuedKey Key { get; }

    public required Receiver Generous { get; init; }

    public required Receiver Limited { get; init; }

    public required Receiver Half { get; init; }

    public required Receiver SendersMailbox { get; init; }

    public static async Task<DemoWorld> StartAsync(CancellationToken cancel)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-demo-").FullName;
        var generous = Listen(new ReceiverPolicy { Name = "mx.generous.test" });
        var limited = Listen(new ReceiverPolicy { Name = "mx.limited.test", Rate = 15, Burst = 15 });
        var half = Listen(new ReceiverPolicy { Name = "mx.half.test", RejectedShare = 0.5 });
        var mailbox = Listen(new ReceiverPolicy { Name = "mx." + SenderDomain });
        var settings = Settings(
            folder, generous.Address.Port, limited.Address.Port, half.Address.Port, mailbox.Address.Port);
        var server = await EkidenServer.StartAsync(settings, NullLoggerFactory.Instance, TimeProvider.System, cancel);
        return new DemoWorld(folder, server, await MakeKeyAsync(server.Directory, cancel))
        {
            Generous = generous,
            Limited = limited,
            Half = half,
            SendersMailbox = mailbox,
        };
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        foreach (var receiver in new[] { Generous, Limited, Half, SendersMailbox }) await receiver.DisposeAsync();
        System.IO.Directory.Delete(_folder, recursive: true);
    }

    /// <summary>The certificate that the submission listener shows; self-signed, so the demo's client is told to
    /// trust it.</summary>
    public string CertificatePath => Path.Combine(_folder, "self-signed.pem");

    private static Receiver Listen(ReceiverPolicy policy) =>
        new(policy, new IPEndPoint(IPAddress.Loopback, 0), TimeProvider.System);

    private static async Task<IssuedKey> MakeKeyAsync(AccountDirectory directory, CancellationToken cancel)
    {
        var account = Done(await directory.AddAccountAsync("demo", cancel));
        Done(await directory.AddDomainAsync(account.Id, SenderDomain, trust: true, cancel));
        return Done(await directory.AddKeyAsync(account.Id, KeyScopes.Send, null, cancel));
    }

    private static T Done<T>(DirectoryResult<T> result) =>
        result is DirectoryResult<T>.Done done ? done.Value
            : throw new InvalidOperationException($"A new directory said {result}");

    private static EkidenSettings Settings(string folder, int generous, int limited, int half, int mailbox)
    {
        var toml = $"""
            [server]
            host_name = "relay.demo.test"
            data_directory = "{folder}"
            [http]
            address = "127.0.0.1:0"
            [[listener]]
            name = "submission"
            address = "127.0.0.1:0"
            role = "submission"
            [delivery]
            retry = ["1s"]
            [[route]]
            match = "generous.test"
            hosts = ["127.0.0.1:{generous}"]
            [[route]]
            match = "limited.test"
            hosts = ["127.0.0.1:{limited}"]
            [[route]]
            match = "half.test"
            hosts = ["127.0.0.1:{half}"]
            [[route]]
            match = "{SenderDomain}"
            hosts = ["127.0.0.1:{mailbox}"]
            """;
        var result = SettingsFile.Parse(toml, Path.Combine(folder, "ekiden.toml"), new Dictionary<string, string>());
        return result.Settings ?? throw new InvalidOperationException(string.Join('\n', result.Problems));
    }
}
