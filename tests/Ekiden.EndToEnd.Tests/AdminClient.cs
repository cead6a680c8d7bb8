using System.Globalization;
using System.Net.Http.Headers;
using System.Text.Json;

namespace Ekiden.EndToEnd.Tests;

/// <summary>The operator's side of the API of a running server.</summary>
public sealed class AdminClient : IDisposable
{
    private readonly HttpClient _http;

    /// <param name="server">The running server.</param>
    /// <param name="settings">Its settings file, beside whose data directory the token lies.</param>
    public AdminClient(EkidenProcess server, string settings)
    {
        var token = File.ReadAllText(Path.Combine(Path.GetDirectoryName(settings)!, "data", "admin.token")).Trim();
        _http = new HttpClient { BaseAddress = server.Http };
        _http.DefaultRequestHeaders.Authorization = new AuthenticationHeaderValue("Bearer", token);
    }

    /// <summary>For requests of a test's own.</summary>
    public HttpClient Http => _http;

    /// <summary>A JSON document.</summary>
    public async Task<JsonElement> GetAsync(string path)
    {
        using var document = JsonDocument.Parse(
            await _http.GetStringAsync(new Uri(path, UriKind.Relative), TestContext.Current.CancellationToken));
        return document.RootElement.Clone();
    }

    /// <summary>Asks until no recipient waits; the test's own time limit ends it otherwise.</summary>
    /// <remarks>Another process cannot be awaited: it is asked ten times a second.</remarks>
    public async Task WaitUntilEmptyAsync()
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while ((await GetAsync("/v1/queue/summary")).GetProperty("waiting").GetInt64() > 0)
            await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken);
    }

    /// <summary><c>ekiden_accounting_gap</c>.</summary>
    public Task<double> AccountingGapAsync() => MetricAsync("ekiden_accounting_gap");

    /// <summary>The value of a metric; the first line that starts with its name (and labels).</summary>
    public async Task<double> MetricAsync(string name)
    {
        var metrics = await _http.GetStringAsync(
            new Uri("/metrics", UriKind.Relative), TestContext.Current.CancellationToken);
        var line = metrics.Split('\n').First(line => line.StartsWith(name, StringComparison.Ordinal));
        return double.Parse(line.Split(' ')[1], CultureInfo.InvariantCulture);
    }

    /// <inheritdoc/>
    public void Dispose() => _http.Dispose();
}
