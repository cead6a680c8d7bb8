using Ekiden.Delivery.Lanes;
using Microsoft.Extensions.Logging;

namespace Ekiden.Delivery.Connections;

/// <summary>
/// Says goodbye on connections that are not needed any more, beside the work.
/// </summary>
internal sealed partial class ConnectionCloser(
    ConnectionBudget budget, Activity activity, DeliveryMetrics metrics, ILogger logger, CancellationToken aborting)
{
    /// <summary>Closes a connection with QUIT, without making the caller wait.</summary>
    /// <param name="connection">Which.</param>
    /// <param name="keepsPlace">Its place in the budget is used for another one.</param>
    /// <returns>Says when it is closed.</returns>
    public Farewell Close(PooledConnection connection, bool keepsPlace)
    {
        var farewell = new Farewell(keepsPlace);
        activity.Begin();
        metrics.ConnectionClosed();
        _ = CloseAsync(connection, farewell);
        return farewell;
    }

    // An exception barrier: a peer's last words change nothing.
    private async Task CloseAsync(PooledConnection connection, Farewell farewell)
    {
        try
        {
            await connection.Connection.QuitAsync(aborting);
        }
        catch (Exception e)
        {
            Log.Failed(logger, connection.Connection.Target.HostName, e);
        }
        finally
        {
            await connection.Connection.DisposeAsync();
            // Until now it was one of those that the process may hold: a peer may take its time to answer QUIT.
            if (farewell.End()) budget.Closed();
            connection.Lane.Closed();
            farewell.Complete();
            activity.End();
        }
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Debug, "QUIT to {Host} failed")]
        public static partial void Failed(ILogger logger, string host, Exception exception);
    }
}
