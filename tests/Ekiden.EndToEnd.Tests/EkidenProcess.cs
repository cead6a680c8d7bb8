using System.Collections.Concurrent;
using System.Diagnostics;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ekiden.EndToEnd.Tests;

/// <summary>The real executable, started on a settings file of the test's own, with ports chosen by the
/// system.</summary>
public sealed class EkidenProcess : IAsyncDisposable
{
    private const int KilledBySignal = 128 + 9;

    private readonly Process _process;
    private readonly TaskCompletionSource<JsonElement> _ready = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly ConcurrentQueue<string> _log = new();
    private readonly SemaphoreSlim _lines = new(0);
    private Dictionary<string, IPEndPoint> _listeners = [];

    private EkidenProcess(Process process) => _process = process;

    /// <summary>The executable that the build of this test project made.</summary>
    public static string Executable { get; } = FindExecutable();

    /// <summary>Where the API listens.</summary>
    public Uri Http { get; private set; } = new("http://127.0.0.1");

    /// <summary>Every line on standard output so far.</summary>
    public IReadOnlyCollection<string> Log => _log;

    /// <summary>Its process id.</summary>
    public int Id => _process.Id;

    /// <summary>The address of a listener by its name in the settings.</summary>
    public IPEndPoint Listener(string name) => _listeners[name];

    /// <summary>Starts <c>serve</c> and waits until every listener is open.</summary>
    /// <param name="settings">The path of an <c>ekiden.toml</c>.</param>
    public static async Task<EkidenProcess> StartAsync(string settings)
    {
        var started = Launch(["serve", "--config", settings], null);
        if (await started.WaitUntilReadyAsync()) return started;
        throw new InvalidOperationException(
            $"ekiden ended with {started._process.ExitCode}: {string.Join('\n', started._log)}");
    }

    /// <summary>Starts <c>serve</c> with a kill point, <c>name:count</c>; null when it was reached at once.</summary>
    public static async Task<EkidenProcess?> TryStartAsync(string settings, string killPoint)
    {
        var environment = new Dictionary<string, string> { ["KILLPOINT"] = killPoint };
        var started = Launch(["serve", "--config", settings], environment);
        if (await started.WaitUntilReadyAsync()) return started;
        Assert.Equal(KilledBySignal, started._process.ExitCode);
        await started.DisposeAsync();
        return null;
    }

    /// <summary>Runs one command to its end: exit code, standard output, standard error.</summary>
    public static async Task<(int Exit, string Output, string Error)> RunAsync(string[] arguments, string? input = null)
    {
        using var process = new Process { StartInfo = Start(arguments, null, redirectInput: true) };
        process.Start();
        if (input is not null) await process.StandardInput.WriteAsync(input);
        process.StandardInput.Close();
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return (process.ExitCode, await output, await error);
    }

    // False when it has ended instead.
    private async Task<bool> WaitUntilReadyAsync()
    {
        var ended = _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        if (await Task.WhenAny(_ready.Task, ended) == ended) return false;
        var ready = await _ready.Task;
        Http = new Uri("http://" + ready.GetProperty("http").GetString());
        _listeners = ready.GetProperty("listeners").EnumerateArray().ToDictionary(
            item => item.GetProperty("name").GetString()!,
            item => IPEndPoint.Parse(item.GetProperty("address").GetString()!));
        return true;
    }

    /// <summary>Waits for a log line that matches; those written before count.</summary>
    public async Task<string> WaitForLogAsync(string pattern)
    {
        while (true)
        {
            if (_log.FirstOrDefault(line =>
                Regex.IsMatch(line, pattern, RegexOptions.None, TimeSpan.FromSeconds(1))) is { } found)
            {
                return found;
            }

            await _lines.WaitAsync(TestContext.Current.CancellationToken);
        }
    }

    /// <summary>SIGKILL: nothing is said, nothing is flushed.</summary>
    public async Task KillAsync()
    {
        _process.Kill();
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
    }

    /// <summary>Waits until it has ended by itself (a kill point, a fatal error).</summary>
    public async Task<int> WaitForExitAsync()
    {
        await _process.WaitForExitAsync(TestContext.Current.CancellationToken);
        return _process.ExitCode;
    }

    /// <summary>SIGTERM, and its exit code.</summary>
    public async Task<int> StopAsync()
    {
        Signal("TERM");
        return await WaitForExitAsync();
    }

    /// <summary>Sends a signal by name, such as HUP.</summary>
    public void Signal(string name)
    {
        using var kill = Process.Start("kill", [$"-{name}", $"{_process.Id}"]);
        kill.WaitForExit();
    }

    /// <inheritdoc/>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _process.Kill();
            await _process.WaitForExitAsync(CancellationToken.None);
        }
        _process.Dispose();
    }

    private static EkidenProcess Launch(string[] arguments, IReadOnlyDictionary<string, string>? environment)
    {
        var process = new Process { StartInfo = Start(arguments, environment, redirectInput: false) };
        var started = new EkidenProcess(process);
        process.OutputDataReceived += (_, line) => started.Take(line.Data);
        process.ErrorDataReceived += (_, line) => started.Take(line.Data);
        process.Start();
        process.BeginOutputReadLine();
        process.BeginErrorReadLine();
        return started;
    }

    private void Take(string? line)
    {
        if (line is null) return;
        _log.Enqueue(line);
        _lines.Release();
        if (!line.StartsWith("{\"event\":\"ready\"", StringComparison.Ordinal)) return;
        using var json = JsonDocument.Parse(line);
        _ready.TrySetResult(json.RootElement.Clone());
    }

    private static ProcessStartInfo Start(
        string[] arguments, IReadOnlyDictionary<string, string>? environment, bool redirectInput)
    {
        var start = new ProcessStartInfo(Executable, arguments)
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            RedirectStandardInput = redirectInput,
        };
        foreach (var (name, value) in environment ?? new Dictionary<string, string>()) start.Environment[name] = value;
        return start;
    }

    private static string FindExecutable()
    {
        // artifacts/bin/Ekiden.EndToEnd.Tests/<configuration>/ → artifacts/bin/Ekiden/<configuration>/ekiden
        var here = new DirectoryInfo(AppContext.BaseDirectory.TrimEnd('/'));
        return Path.Combine(here.Parent!.Parent!.FullName, "Ekiden", here.Name, "ekiden");
    }
}
