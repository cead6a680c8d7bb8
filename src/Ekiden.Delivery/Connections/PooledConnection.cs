using Ekiden.Delivery.Lanes;

namespace Ekiden.Delivery.Connections;

/// <summary>A live connection of one lane, with what the lane must know to use it again.</summary>
internal sealed class PooledConnection(ISmtpConnection connection, Lane lane)
{
    /// <summary>The connection itself.</summary>
    public ISmtpConnection Connection { get; } = connection;

    /// <summary>Whose it is: counts it until it is closed.</summary>
    public Lane Lane { get; } = lane;

    /// <summary>Transactions it carried.</summary>
    public int Transactions { get; set; }

    /// <summary>Since when it rests in the pool: a timestamp of the monotonic clock.</summary>
    public long IdleSince { get; set; }
}
