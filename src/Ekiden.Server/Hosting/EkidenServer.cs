using System.Collections.Immutable;
using System.Net;
using System.Security.Cryptography;
using Ekiden.Directory;
using Ekiden.Server.Settings;
using Ekiden.Smtp.Server;
using Ekiden.Spool;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting;

/// <summary>
/// The whole server, wired by hand: what comes up first is what the rest stands on, and goes down last. Directory,
/// journal (which fills the queue while it replays), Intake, delivery, SMTP listeners, HTTP.
/// </summary>
public sealed partial class EkidenServer : IAsyncDisposable
{
    private readonly ServerParts _parts;
    private readonly SmtpServer _smtp;
    private readonly HttpHost _http;
    private readonly ILogger _logger;
    private readonly SemaphoreSlim _oneReload = new(1, 1);
    private EkidenSettings _settings;

    private EkidenServer(EkidenSettings settings, ServerParts parts, SmtpServer smtp, HttpHost http, ILogger logger)
    {
        _settings = settings;
        _parts = parts;
        _smtp = smtp;
        _http = http;
        _logger = logger;
    }

    /// <summary>Where the API listens.</summary>
    public IPEndPoint HttpAddress => _http.Address;

    /// <summary>The name and bound address of every SMTP listener.</summary>
    public ImmutableArray<(string Name, IPEndPoint Address)> Listeners =>
        [.. _smtp.Listeners.Select(listener => (listener.Options.Name, listener.BoundEndPoint))];

    /// <summary>How the lanes to receiving servers stand.</summary>
    public ImmutableArray<Delivery.Lanes.LaneStatus> Lanes => _parts.Delivery.Lanes;

    /// <summary>The accounting of this spool: accepted and what became of it.</summary>
    public Accounting Accounting => _parts.Journal.Index.Accounting;

    /// <summary>What happened to every message.</summary>
    public Events.EventLog Events => _parts.Events.Log;

    /// <summary>Accounts, keys and domains.</summary>
    public AccountDirectory Directory => _parts.Directory;

    /// <summary>Completes when the journal has failed for good: the process must end, and say so.</summary>
    public Task<Exception> Failure => _parts.Journal.Failure;

    /// <summary>Opens everything; when it returns every listener is open.</summary>
    /// <exception cref="IOException">A listener's address is taken, or the data directory is where mail is
    /// lost.</exception>
    /// <exception cref="SpoolInUseException">Another process has this data directory.</exception>
    public static async Task<EkidenServer> StartAsync(
        EkidenSettings settings, ILoggerFactory loggers, TimeProvider clock, CancellationToken cancel)
    {
        var data = new DataDirectory(settings.Server.DataDirectory);
        CheckStorage(settings.Server, loggers.CreateLogger<EkidenServer>());
        var parts = await ServerParts.OpenAsync(settings, data, loggers, clock, cancel);
        var smtp = new SmtpServer(
            SettingsMapping.ToSmtp(settings, parts.Certificate.Select), parts.Receiver, clock,
            loggers.CreateLogger<SmtpServer>());
        try
        {
            smtp.Start();
            var http = await HttpHost.StartAsync(settings.Http.Address, parts, parts.MapRoutes, loggers, cancel);
            data.WriteHttpAddress(http.Address.ToString());
            parts.StartDelivery([.. smtp.Listeners.Select(listener => listener.BoundEndPoint)], settings);
            return new EkidenServer(settings, parts, smtp, http, loggers.CreateLogger<EkidenServer>());
        }
        catch
        {
            await smtp.DisposeAsync();
            await parts.DisposeAsync();
            throw;
        }
    }

    /// <summary>
    /// Takes a changed settings file without dropping a connection: certificate, limits, routes, streams, local
    /// domains, retries. What needs a restart (listeners, HTTP address, data directory, host name, resolver) is
    /// named in the log and stays as it was. When the certificate cannot be read, everything stays as it was.
    /// </summary>
    public async Task ReloadAsync(EkidenSettings changed, CancellationToken cancel)
    {
        await _oneReload.WaitAsync(cancel);
        try
        {
            var inForce = changed with
            {
                Listeners = _settings.Listeners,
                Http = _settings.Http,
                Dns = _settings.Dns,
                Server = changed.Server with
                {
                    DataDirectory = _settings.Server.DataDirectory,
                    HostName = _settings.Server.HostName,
                },
            };
            _parts.Certificate.Reload(inForce); // first: the only step that can fail
            foreach (var section in NeedsRestart(_settings, changed)) Log.NeedsRestart(_logger, section);
            _parts.Intake.Reconfigure(SettingsMapping.ToIntake(
                inForce, _parts.Intake.Options.InstallationId, _parts.ReturnKey));
            _smtp.Limits = SettingsMapping.ToLimits(inForce.Limits);
            _parts.Reload(inForce, [.. _smtp.Listeners.Select(listener => listener.BoundEndPoint)]);
            _settings = inForce;
            Log.Reloaded(_logger);
        }
        catch (Exception trouble) when (trouble is CryptographicException or IOException or UnauthorizedAccessException)
        {
            Log.NotReloaded(_logger, trouble.Message);
        }
        finally
        {
            _oneReload.Release();
        }
    }

    /// <summary>
    /// Drains: no new mail, running transactions end, every result is in the journal, then the journal is closed
    /// (reliability M-R6).
    /// </summary>
    public async ValueTask DisposeAsync()
    {
        Log.Stopping(_logger);
        await _smtp.StopAsync(CancellationToken.None);
        await _http.DisposeAsync();
        await _smtp.DisposeAsync();
        await _parts.DisposeAsync();
        _oneReload.Dispose();
        Log.Stopped(_logger);
    }

    private static void CheckStorage(ServerSettings server, ILogger logger)
    {
        var path = server.DataDirectory;
        if (DataStorage.Doubt(path) is not { } doubt) return;
        if (DataStorage.IsRefused(path) && !server.AcceptsVolatileStorage)
        {
            throw new IOException(
                $"{path}: {doubt}; choose another [server] data_directory, or say accept_volatile_storage = true");
        }
        Log.VolatileStorage(logger, path, doubt);
    }

    private static IEnumerable<string> NeedsRestart(EkidenSettings old, EkidenSettings changed)
    {
        if (!old.Listeners.Select(ListenerKey).SequenceEqual(changed.Listeners.Select(ListenerKey)))
            yield return "[[listener]]";
        if (!old.Dns.Servers.SequenceEqual(changed.Dns.Servers)
            || old.Dns.TrustsAuthenticData != changed.Dns.TrustsAuthenticData)
        {
            yield return "[dns]";
        }
        if (!old.Http.Address.Equals(changed.Http.Address)) yield return "[http] address";
        if (old.Server.DataDirectory != changed.Server.DataDirectory) yield return "[server] data_directory";
        if (old.Server.HostName != changed.Server.HostName) yield return "[server] host_name";
    }

    private static string ListenerKey(ListenerSettings listener) =>
        $"{listener.Name} {listener.Address} {listener.Role} {listener.Tls} {string.Join(',', listener.Allow)} "
        + $"{string.Join(',', listener.TrustedProxies)} {listener.Account} {listener.AllowPlaintextAuth}";

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, EventName = "reloaded", Message = "The settings were reloaded")]
        public static partial void Reloaded(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, EventName = "needs_restart",
            Message = "{Section} was changed: it takes effect at the next start")]
        public static partial void NeedsRestart(ILogger logger, string section);

        [LoggerMessage(Level = LogLevel.Error, EventName = "not_reloaded",
            Message = "The certificate cannot be used, the old settings stay in force: {Why}")]
        public static partial void NotReloaded(ILogger logger, string why);

        [LoggerMessage(Level = LogLevel.Warning, EventName = "volatile_storage",
            Message = "{Path}: accepted mail may be lost: {Why}")]
        public static partial void VolatileStorage(ILogger logger, string path, string why);

        [LoggerMessage(Level = LogLevel.Information, EventName = "stopping",
            Message = "Stopping: no new mail is taken")]
        public static partial void Stopping(ILogger logger);

        [LoggerMessage(Level = LogLevel.Information, EventName = "stopped", Message = "Stopped; what waits is on disk")]
        public static partial void Stopped(ILogger logger);
    }
}
