using System.Globalization;
using Ekiden.Directory;
using Ekiden.Mail;
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

    public required DemoReceiver Generous { get; init; }

    public required DemoReceiver Limited { get; init; }

    public required DemoReceiver Half { get; init; }

    public required DemoReceiver SendersMailbox { get; init; }

    public static async Task<DemoWorld> StartAsync(CancellationToken cancel)
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-demo-").FullName;
        var limit = new RateLimit(TimeProvider.System, perSecond: 15);
        var generous = new DemoReceiver("mx.generous.test", _ => null);
        var limited = new DemoReceiver("mx.limited.test", _ => limit.TryTake()
            ? null
            : SmtpReply.Of(451, "4.7.1", "Too many messages, slow down"));
        var half = new DemoReceiver(
            "mx.half.test", to => IsKnown(to) ? null : SmtpReply.Of(550, "5.1.1", "No such user here"));
        var mailbox = new DemoReceiver("mx." + SenderDomain, _ => null);
        var settings = Settings(folder, generous.Port, limited.Port, half.Port, mailbox.Port);
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

    // Every second user of half.test exists.
    private static bool IsKnown(Mailbox to) =>
        int.TryParse(to.LocalPart.AsSpan("user".Length), NumberStyles.None, CultureInfo.InvariantCulture,
            out var number)
        && number % 2 == 0;

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

    /// <summary>So many a second, and no burst beyond that: what the limited receiver allows.</summary>
    private sealed class RateLimit(TimeProvider clock, int perSecond)
    {
        private readonly Lock _gate = new();
        private long _second;
        private int _taken;

        public bool TryTake()
        {
            var second = clock.GetUtcNow().ToUnixTimeSeconds();
            lock (_gate)
            {
                if (second != _second) (_second, _taken) = (second, 0);
                return ++_taken <= perSecond;
            }
        }
    }
}
