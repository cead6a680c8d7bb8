using System.Runtime.InteropServices;
using System.Text.Json;
using Ekiden.Server.Hosting;
using Ekiden.Server.Hosting.Logs;
using Ekiden.Server.Settings;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden;

/// <summary><c>ekiden serve</c>: runs the server in the foreground until it is told to stop, or its journal
/// fails.</summary>
internal sealed partial class Serving(string? configPath)
{
    private const int Failed = 1;
    private const int SettingsWrong = 2;

    /// <summary>Runs to the end.</summary>
    /// <returns>0 stopped as told; 1 failed; 2 the settings are wrong; 3 another process has the spool.</returns>
    public async Task<int> RunAsync()
    {
        var loaded = SettingsFile.Load(configPath, SettingsFile.ProcessEnvironment);
        if (loaded.Settings is not { } settings)
        {
            foreach (var problem in loaded.Problems) await Console.Error.WriteLineAsync(problem.ToString());
            return SettingsWrong;
        }

        var isJson = settings.Server.LogFormat == LogFormat.Json
            || (settings.Server.LogFormat == LogFormat.Auto && Console.IsOutputRedirected);
        await using var output = Console.OpenStandardOutput();
        await using var writer = new LogWriter(output);
        using var loggers = MakeLoggers(writer, isJson);
        var logger = loggers.CreateLogger("Ekiden");
        foreach (var problem in loaded.Problems) Log.SettingsProblem(logger, problem.ToString());
        using var signals = new Signals();
        try
        {
            await using var server = await EkidenServer.StartAsync(
                settings, loggers, TimeProvider.System, CancellationToken.None);
            writer.Write(isJson ? ReadyJson(server) : "ready\n"u8.ToArray());
            return await WaitAsync(server, signals, logger, writer);
        }
        catch (SpoolInUseException inUse)
        {
            Log.CannotStart(logger, inUse.Message);
            return SpoolInUseException.ExitCode;
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException or InvalidDataException)
        {
            Log.CannotStart(logger, trouble.Message);
            return Failed;
        }
    }

    /// <summary>Where the logs of a process go.</summary>
    internal static ILoggerFactory MakeLoggers(LogWriter writer, bool isJson) => LoggerFactory.Create(logging =>
    {
        logging.SetMinimumLevel(LogLevel.Information);
        logging.AddFilter("Microsoft", LogLevel.Warning);
        logging.AddFilter("Microsoft.EntityFrameworkCore", LogLevel.Error);
        if (isJson) logging.AddProvider(new JsonLogProvider(writer, TimeProvider.System, LogLevel.Information));
        else logging.AddProvider(new TextLogProvider(writer, TimeProvider.System, LogLevel.Information));
    });

    private async Task<int> WaitAsync(EkidenServer server, Signals signals, ILogger logger, LogWriter writer)
    {
        while (true)
        {
            var signal = signals.NextAsync();
            if (await Task.WhenAny(signal, server.Failure) != signal)
            {
                var cause = await server.Failure;
                Log.JournalFailed(logger, cause.Message);
                // M-R4: nothing may be written any more, so nothing is drained: what was acknowledged is on disk.
                await writer.DisposeAsync();
                Environment.Exit(Failed);
            }
            if (await signal == PosixSignal.SIGHUP) await ReloadAsync(server, logger);
            else return 0;
        }
    }

    // A bad file changes nothing, and says why.
    private async Task ReloadAsync(EkidenServer server, ILogger logger)
    {
        var loaded = SettingsFile.Load(configPath, SettingsFile.ProcessEnvironment);
        foreach (var problem in loaded.Problems) Log.SettingsProblem(logger, problem.ToString());
        if (loaded.Settings is { } changed) await server.ReloadAsync(changed, CancellationToken.None);
        else Log.NotReloaded(logger);
    }

    private static byte[] ReadyJson(EkidenServer server)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", "ready");
            json.WriteString("http", server.HttpAddress.ToString());
            json.WriteStartArray("listeners");
            foreach (var (name, address) in server.Listeners)
            {
                json.WriteStartObject();
                json.WriteString("name", name);
                json.WriteString("address", address.ToString());
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        buffer.WriteByte((byte)'\n');
        return buffer.ToArray();
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Critical, EventName = "cannot_start", Message = "Cannot start: {Why}")]
        public static partial void CannotStart(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Critical, EventName = "journal_failed",
            Message = "The disk failed, nothing is acknowledged any more, the process ends: {Why}")]
        public static partial void JournalFailed(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Warning, EventName = "settings_problem", Message = "{Problem}")]
        public static partial void SettingsProblem(ILogger logger, string problem);

        [LoggerMessage(Level = LogLevel.Error, EventName = "not_reloaded",
            Message = "The settings file has errors: the old settings stay in force")]
        public static partial void NotReloaded(ILogger logger);
    }
}
