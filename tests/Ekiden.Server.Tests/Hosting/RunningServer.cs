using System.Net;
using System.Net.Http.Headers;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Ekiden.Directory;
using Ekiden.Server.Hosting;
using Ekiden.Server.Settings;
using Ekiden.Server.Tests.Hosting;
using Ekiden.Testing;
using Ekiden.Toml;
using Microsoft.Extensions.Logging;

[assembly: AssemblyFixture(typeof(RunningServer))]

namespace Ekiden.Server.Tests.Hosting;

/// <summary>
/// The whole server in this process, on loopback, with a data directory of its own and every log record kept. Mail goes
/// nowhere: its only route leads to a host that never greets, so nothing is ever in an attempt.
/// </summary>
/// <remarks>Account A has <c>a.test</c>, account B has <c>b.test</c>; <c>in.test</c> is local.</remarks>
public sealed class RunningServer : IAsyncLifetime
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-server-");
    private readonly TcpListener _silent = new(IPAddress.Loopback, 0);
    private readonly ILoggerFactory _loggers;
    private HttpClient _http = new();

    public RunningServer()
    {
        _silent.Start();
        _loggers = LoggerFactory.Create(logging => logging.AddProvider(new KeptLog(Log)));
    }

    internal EkidenServer Server { get; private set; } = null!; // InitializeAsync sets it

    public ErrorCounter Log { get; } = new();

    public string AdminToken { get; private set; } = "";

    public string KeyOfA { get; private set; } = "";

    public string KeyOfB { get; private set; } = "";

    /// <summary>A key of account A that may not send.</summary>
    public string ReadKeyOfA { get; private set; } = "";

    public static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public string DataDirectory => Path.Combine(_folder.FullName, "data");

    /// <summary>The settings with more lines at their end.</summary>
    public string Toml(string more = "") => $"""
        [server]
        host_name = "relay.test"
        data_directory = "{DataDirectory}"
        [http]
        address = "127.0.0.1:0"
        [[listener]]
        name = "inbound"
        address = "127.0.0.1:0"
        role = "inbound"
        tls = "none"
        [local]
        domains = ["in.test"]
        recipients = ["info"]
        [[route]]
        match = "*"
        hosts = ["{_silent.LocalEndpoint}"]
        tls = "none"

        """ + more;

    internal EkidenSettings Settings(string more = "") => Read(Toml(more));

    internal static EkidenSettings Read(string toml)
    {
        var result = SettingsFile.Parse(toml, "/etc/ekiden/ekiden.toml", new Dictionary<string, string>());
        Assert.DoesNotContain(result.Problems, problem => problem.Severity == SettingsSeverity.Error);
        return result.Settings!; // there is no error
    }

    public async ValueTask InitializeAsync()
    {
        await OpenAsync();
        AdminToken = (await File.ReadAllTextAsync(Path.Combine(DataDirectory, "admin.token"))).Trim();
        KeyOfA = await AddAccountAsync("A", "a.test", KeyScopes.Send | KeyScopes.Read);
        KeyOfB = await AddAccountAsync("B", "b.test", KeyScopes.Send | KeyScopes.Read);
        ReadKeyOfA = (await AddKeyAsync("A", KeyScopes.Read)).Secret;
    }

    /// <summary>Stops the server, and starts it again on the same data.</summary>
    public async Task RestartAsync()
    {
        await Server.DisposeAsync();
        await OpenAsync();
    }

    internal Task<EkidenServer> StartAsync(EkidenSettings settings) =>
        EkidenServer.StartAsync(settings, _loggers, TimeProvider.System, CancellationToken.None);

    private async Task OpenAsync()
    {
        Server = await StartAsync(Settings());
        _http.Dispose();
        _http = new HttpClient { BaseAddress = new Uri($"http://{Server.HttpAddress}") };
    }

    public async ValueTask DisposeAsync()
    {
        await Server.DisposeAsync();
        _http.Dispose();
        _silent.Dispose();
        _loggers.Dispose();
        _folder.Delete(recursive: true);
    }

    /// <summary>Sends JSON text, or nothing.</summary>
    public async Task<Answer> AskAsync(HttpMethod method, string path, string? token, string? json = null)
    {
        using var content = json is null ? null : new StringContent(json, Encoding.UTF8, "application/json");
        return await AskAsync(method, path, token, content);
    }

    public async Task<Answer> AskAsync(
        HttpMethod method, string path, string? token, HttpContent? content,
        params (string Name, string Value)[] headers)
    {
        using var request = new HttpRequestMessage(method, new Uri(path, UriKind.Relative)) { Content = content };
        if (token is not null) request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        foreach (var (name, value) in headers) request.Headers.TryAddWithoutValidation(name, value);
        using var response = await _http.SendAsync(request, Cancel);
        return new Answer(
            response.StatusCode, response.Content.Headers.ContentType?.MediaType, response.Headers,
            await response.Content.ReadAsStringAsync(Cancel));
    }

    public Task<Answer> GetAsync(string path, string? token = null) => AskAsync(HttpMethod.Get, path, token);

    public Task<Answer> SendMailAsync(string json, string? token = null) =>
        AskAsync(HttpMethod.Post, "/v1/messages", token ?? KeyOfA, json);

    /// <summary>The value of a metric: the line that starts with this name and these labels.</summary>
    public async Task<double?> MetricAsync(string name)
    {
        foreach (var line in (await GetAsync("/metrics")).Text.Split('\n'))
        {
            if (line.StartsWith(name + ' ', StringComparison.Ordinal))
                return double.Parse(line.Split(' ')[1], System.Globalization.CultureInfo.InvariantCulture);
        }
        return null;
    }

    internal Task<IssuedKey> AddKeyAsync(string account, KeyScopes scopes) =>
        DoneAsync(Server.Directory.AddKeyAsync(account, scopes, null, CancellationToken.None));

    internal static async Task<T> DoneAsync<T>(Task<DirectoryResult<T>> change) =>
        Assert.IsType<DirectoryResult<T>.Done>(await change).Value;

    private async Task<string> AddAccountAsync(string name, string domain, KeyScopes scopes)
    {
        await DoneAsync(Server.Directory.AddAccountAsync(name, default));
        await DoneAsync(Server.Directory.AddDomainAsync(name, domain, true, default));
        return (await AddKeyAsync(name, scopes)).Secret;
    }

    private sealed class KeptLog(ErrorCounter log) : ILoggerProvider
    {
        public ILogger CreateLogger(string categoryName) => log;

        public void Dispose()
        {
        }
    }
}

/// <summary>What the server answered.</summary>
public sealed record Answer(HttpStatusCode Status, string? MediaType, HttpResponseHeaders Headers, string Text)
{
    public int Code => (int)Status;

    public JsonElement Json => JsonElement.Parse(Text);

    /// <summary>A problem of this status and code, with a request id, pointing at this field, not at .NET.</summary>
    public void IsProblem(int status, string code, string? pointer = null)
    {
        Assert.True(status == Code, $"{Code}: {Text}");
        Assert.Equal("application/problem+json", MediaType);
        Assert.Equal(code, Json.GetProperty("code").GetString());
        Assert.Equal(status, Json.GetProperty("status").GetInt32());
        Assert.Equal(Header("X-Request-Id"), Json.GetProperty("request_id").GetString());
        Assert.Equal(status is 429 or 503, Json.GetProperty("retryable").GetBoolean());
        Assert.DoesNotContain("System.", Text, StringComparison.Ordinal);
        Assert.DoesNotContain("Ekiden.", Text, StringComparison.Ordinal);
        if (pointer is null) return;
        Assert.Contains(Json.GetProperty("errors").EnumerateArray(),
            error => error.GetProperty("pointer").GetString() == pointer);
    }

    public string Header(string name) => string.Join(',', Headers.GetValues(name));
}
