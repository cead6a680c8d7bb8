using System.Collections.Concurrent;
using Ekiden.Directory;
using Ekiden.Server.Signing;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Domains;

/// <summary>
/// Looks at every domain once a day, and every ten minutes at those whose keys wait for DNS; says what changed.
/// </summary>
internal sealed partial class DomainWatch(
    AccountDirectory directory, DomainInspector inspector, DomainKeeper keeper, TimeProvider clock, ILogger logger)
    : IAsyncDisposable
{
    private static readonly TimeSpan KeysEvery = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan AllEvery = TimeSpan.FromDays(1);

    private readonly ConcurrentDictionary<string, DomainReport> _reports = new(StringComparer.Ordinal);
    private readonly CancellationTokenSource _stopping = new();
    private Task _running = Task.CompletedTask;

    /// <summary>The last report about a domain; null before the first.</summary>
    public DomainReport? LastReport(string domain) => _reports.GetValueOrDefault(domain);

    /// <summary>Begins; the first look at everything is ten minutes after the start.</summary>
    public void Start() => _running = RunAsync(_stopping.Token);

    /// <summary>Looks at a domain now, and says in the log what is not as it was.</summary>
    public async Task<DomainReport> InspectAsync(SenderDomain domain, CancellationToken cancel)
    {
        var report = await inspector.InspectAsync(domain, cancel);
        var before = _reports.GetValueOrDefault(domain.Name);
        _reports[domain.Name] = report;
        foreach (var finding in report.Findings)
        {
            var known = before?.Findings.FirstOrDefault(
                old => old.Check == finding.Check && old.Subject == finding.Subject);
            // A name server that is silent for a while is no change.
            if (before is null || finding.Status == FindingStatus.Unknown || known?.Status == finding.Status) continue;
            Log.Changed(logger, domain.Name, finding.Check, finding.Subject, finding.Status, finding.Detail);
        }
        return report;
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _running;
        _stopping.Dispose();
    }

    private async Task RunAsync(CancellationToken cancel)
    {
        var lastOfAll = long.MinValue;
        using var timer = new PeriodicTimer(KeysEvery, clock);
        try
        {
            while (await timer.WaitForNextTickAsync(cancel))
            {
                var isFull = lastOfAll == long.MinValue || clock.GetElapsedTime(lastOfAll) >= AllEvery;
                if (isFull) lastOfAll = clock.GetTimestamp();
                await LookAsync(isFull, cancel);
            }
        }
        catch (OperationCanceledException)
        {
            // the server stops
        }
    }

    private async Task LookAsync(bool isFull, CancellationToken cancel)
    {
        try
        {
            await keeper.LookAsync(isFull, cancel);
            if (!isFull) return;
            foreach (var domain in directory.Current.Domains.ToArray()) await InspectAsync(domain, cancel);
        }
        catch (Exception trouble) when (trouble is not OperationCanceledException)
        {
            Log.Failed(logger, trouble);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Warning, "{Domain}: {Check} of {Subject} is {Status} now: {Detail}")]
        public static partial void Changed(
            ILogger logger, string domain, string check, string subject, FindingStatus status, string detail);

        [LoggerMessage(LogLevel.Error, "Sender domains could not be looked at; they are again in ten minutes")]
        public static partial void Failed(ILogger logger, Exception exception);
    }
}
