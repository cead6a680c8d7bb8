using System.Net;

namespace Ekiden.Cli.Tests;

/// <summary>Runs command lines against a fake API, with the settings and files of a server that runs.</summary>
internal sealed class CommandRun : IDisposable
{
    private readonly DirectoryInfo _data = Directory.CreateTempSubdirectory("ekiden-cli-");
    private readonly StringWriter _output = new();
    private readonly StringWriter _error = new();

    public FakeApi Api { get; } = new();

    public Dictionary<string, string> Variables { get; } = [];

    public byte[]? Input { get; set; }

    public List<IPEndPoint> Relays { get; } = [];

    public string? NoSettings { get; set; }

    public string DataDirectory => _data.FullName;

    public string Output => _output.ToString();

    public string Error => _error.ToString();

    /// <summary>What a running server writes beside its data.</summary>
    public CommandRun Running(string address = "127.0.0.1:18025")
    {
        File.WriteAllText(Path.Combine(_data.FullName, "admin.token"), "ekiden_admin_token\n");
        File.WriteAllText(Path.Combine(_data.FullName, "http.address"), address + "\n");
        return this;
    }

    public Task<int> RunAsync(params string[] arguments) => RunAsAsync("ekiden", arguments);

    public Task<int> RunAsAsync(string programName, params string[] arguments) => EkidenCommands.RunAsync(
        new CliHost
        {
            Output = _output,
            Error = _error,
            OpenInput = () => new MemoryStream(Input ?? []),
            OpenOutput = () => new MemoryStream(),
            IsInputRedirected = Input is not null,
            IsTerminal = false,
            Variable = name => Variables.GetValueOrDefault(name),
            UserName = "taro",
            FindServer = _ => NoSettings is { } why
                ? new ServerSearch.NotFound(why)
                : new ServerSearch.Found(
                    _data.FullName, new IPEndPoint(IPAddress.Loopback, 8025), false, "relay.example", Relays),
            Http = Api,
        },
        programName, arguments, [], TestContext.Current.CancellationToken);

    public void Dispose()
    {
        Api.Dispose();
        _output.Dispose();
        _error.Dispose();
        _data.Delete(recursive: true);
    }
}
