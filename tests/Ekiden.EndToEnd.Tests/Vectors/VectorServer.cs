using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>
/// A server with the fixed names of the vectors: tenant A owns <c>a.test</c>, B owns <c>b.test</c>, <c>in.test</c> is
/// ours, and whatever is sent on goes to a sink that accepts everything.
/// </summary>
public sealed class VectorServer : IAsyncLifetime
{
    private readonly FakeMx _sink = FakeMx.Start();
    private readonly TestSettings _settings;

    /// <summary>The usual one.</summary>
    public VectorServer() : this(limits: "") { }

    /// <param name="limits">More lines for <c>[limits]</c>.</param>
    internal VectorServer(string limits) => _settings = new TestSettings($"""
        [[listener]]
        name = "sub"
        address = "127.0.0.1:0"
        role = "submission"
        [[listener]]
        name = "clear"
        address = "127.0.0.1:0"
        role = "submission"
        tls = "none"
        allow_plaintext_auth = true
        [[listener]]
        name = "mx"
        address = "127.0.0.1:0"
        role = "inbound"
        [[listener]]
        name = "relay"
        address = "127.0.0.1:0"
        role = "relay"
        [[listener]]
        name = "relay6"
        address = "[::1]:0"
        role = "relay"
        [local]
        domains = ["in.test"]
        recipients = ["bounce+ok"]
        [[route]]
        match = "*"
        hosts = ["{_sink.Address}"]
        [limits]
        bare_newline_silence = "1s"
        auth_failures_per_minute = 0
        {limits}
        """);

    /// <summary>The process.</summary>
    public EkidenProcess Process { get; private set; } = null!; // InitializeAsync

    /// <summary>The operator's side.</summary>
    public AdminClient Admin { get; private set; } = null!; // InitializeAsync

    /// <summary>Owns <c>a.test</c>.</summary>
    public Tenant TenantA { get; private set; } = null!; // InitializeAsync

    /// <summary>What <c>Received:</c> fields of this installation say behind <c>by</c>.</summary>
    public string OwnName =>
        $"relay.test (Ekiden {File.ReadAllText(Path.Combine(_settings.Data, "installation.id")).Trim()})";

    /// <summary>Everything that arrived at the sink.</summary>
    public IReadOnlyCollection<FakeMxMessage> Arrived => _sink.Messages;

    /// <summary>Messages in spool and sink, once nothing is on its way.</summary>
    public async Task<int> CountMessagesAsync()
    {
        await Admin.WaitUntilEmptyAsync();
        return _sink.Messages.Count;
    }

    /// <inheritdoc/>
    public async ValueTask InitializeAsync()
    {
        Process = await EkidenProcess.StartAsync(_settings.File);
        Admin = new AdminClient(Process, _settings.File);
        TenantA = await Tenant.AddAsync(Admin, "tenant-a", "a.test");
        await Tenant.AddAsync(Admin, "tenant-b", "b.test");
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        Admin.Dispose();
        await Process.DisposeAsync();
        await _sink.DisposeAsync();
        _settings.Dispose();
    }
}
