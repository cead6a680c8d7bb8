using Ekiden.Delivery.Providers;
using Ekiden.Events;
using Ekiden.Server.Api;
using Ekiden.Spool;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting;

/// <summary>What tells what happened: the event log behind the journal, and who reads it.</summary>
internal sealed class EventParts : IAsyncDisposable
{
    private readonly TimeProvider _clock;

    private EventParts(EventLog log, TimeProvider clock) => (Log, _clock) = (log, clock);

    /// <summary>The log.</summary>
    public EventLog Log { get; }

    /// <summary>Opens the log, and begins to follow the journal.</summary>
    /// <param name="packs">The provider packs in force.</param>
    /// <param name="scope">Tells the metrics of this server from those of another in the process.</param>
    public static EventParts Open(
        DataDirectory data, FileJournal journal, Func<ProviderPacks> packs, object scope,
        (TimeProvider Clock, ILoggerFactory Loggers) with)
    {
        var options = new EventLogOptions(data.PathOf("events")) { MeterScope = scope };
        var log = EventLog.Open(options, journal, new ReplyReader(packs), with.Clock, with.Loggers);
        log.Start();
        return new EventParts(log, with.Clock);
    }

    /// <summary>The routes.</summary>
    public void Map(IEndpointRouteBuilder routes) => new EventEndpoints(Log, _clock).Map(routes);

    public ValueTask DisposeAsync() => Log.DisposeAsync();
}
