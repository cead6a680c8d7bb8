using Ekiden.Delivery.Lanes;
using Ekiden.Delivery.Security.Dane;
using Ekiden.Delivery.Security.MtaSts;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Security;

/// <summary>What delivery knows of receivers' policies, and the timer that keeps it fresh.</summary>
internal sealed partial class TransportSecurity : IAsyncDisposable
{
    // A refresh that failed is repeated every hour: RFC 8461 §10.2 wants policies renewed well before they end.
    private static readonly TimeSpan RefreshEvery = TimeSpan.FromHours(1);

    private readonly StsPolicies? _sts;
    private readonly Activity _activity;
    private readonly ILogger _logger;
    private readonly CancellationToken _stopping;
    private readonly ITimer _timer;
    private int _isRefreshing;

    /// <summary>Nothing is known before <see cref="Start"/>.</summary>
    public TransportSecurity(DeliveryParts parts, Activity activity, CancellationToken stopping)
    {
        _activity = activity;
        _logger = parts.Logger;
        _stopping = stopping;
        if (parts.PolicyClient is { } client)
        {
            var store = parts.SecurityDirectory is { } directory
                ? new StsStore(Path.Join(directory, "mta-sts"))
                : null;
            _sts = new StsPolicies(
                parts.Resolver, new StsFetcher(client, parts.Clock), store, parts.Clock, parts.Logger);
        }
        Policies = new DomainPolicies(_sts, new TlsaFinder(parts.Resolver), parts.Clock);
        _timer = parts.Clock.CreateTimer(
            static security => ((TransportSecurity)security!).Refresh(), this, Timeout.InfiniteTimeSpan,
            Timeout.InfiniteTimeSpan);
    }

    /// <summary>What domains and hosts ask for.</summary>
    public DomainPolicies Policies { get; }

    /// <summary>Reads what is on disk; from then on it is kept fresh.</summary>
    public void Start()
    {
        if (_sts is null) return;
        _sts.Load();
        _timer.Change(RefreshEvery, RefreshEvery);
    }

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => _timer.DisposeAsync();

    private void Refresh()
    {
        if (_stopping.IsCancellationRequested || Interlocked.Exchange(ref _isRefreshing, 1) == 1) return;
        _activity.Begin();
        _ = RefreshAsync();
    }

    // An exception barrier: policies stay as they were.
    private async Task RefreshAsync()
    {
        try
        {
            if (_sts is not null) await _sts.RefreshAsync(_stopping);
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            // The service stops; the next start refreshes.
        }
        catch (Exception e)
        {
            Log.NotRefreshed(_logger, e);
        }
        finally
        {
            Volatile.Write(ref _isRefreshing, 0);
            _activity.End();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Error, "MTA-STS policies could not be refreshed; they stay as they were")]
        public static partial void NotRefreshed(ILogger logger, Exception exception);
    }
}
