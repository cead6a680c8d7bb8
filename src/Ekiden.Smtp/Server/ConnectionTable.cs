using System.Net;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Counts connections, new connections and handshakes, in all and per address (IPv6: /64): reliability §5.1, C-R8.
/// </summary>
internal sealed class ConnectionTable(ConnectionLimits limits, TimeProvider clock)
{
    // Addresses without a connection are remembered for their last minute only, and no more of them than this.
    private const int MostRemembered = 65_536;
    private static readonly TimeSpan Minute = TimeSpan.FromMinutes(1);

    private readonly Lock _gate = new();
    private readonly ConnectionLimits _limits = limits;
    private readonly Dictionary<(UInt128 Network, byte Bits), Client> _clients = [];
    private int _total;

    /// <summary>Connections now.</summary>
    public int Total => Volatile.Read(ref _total);

    /// <summary>80 % of all connections are taken: reliability H-R5.</summary>
    public bool IsStressed => Total >= _limits.Total * 4L / 5;

    /// <summary>
    /// A place for one more connection; null when there is none. Exempt clients count in the total only.
    /// </summary>
    public Place? TryEnter(IPAddress address, bool isExempt)
    {
        lock (_gate)
        {
            if (_total >= _limits.Total) return null;
            var client = isExempt ? null : TryCount(address);
            if (client is null && !isExempt) return null;
            _total++;
            return new Place(this, client);
        }
    }

    private Client? TryCount(IPAddress address)
    {
        var key = ClientNetwork.Key(address, 32, 64);
        if (!_clients.TryGetValue(key, out var client))
        {
            if (_clients.Count >= MostRemembered) Forget();
            // Full of clients that all are active within a minute: better one uncounted than all refused.
            client = new Client { WindowStart = clock.GetTimestamp() };
            if (_clients.Count < MostRemembered) _clients[key] = client;
        }
        if (clock.GetElapsedTime(client.WindowStart) >= Minute)
        {
            client.WindowStart = clock.GetTimestamp();
            client.New = 0;
        }
        // Programs of this machine, and everybody behind a balancer on it, share one address: their pace says nothing.
        var isTooFast = client.New >= _limits.NewPerMinute && !IPAddress.IsLoopback(address);
        if (isTooFast || client.Open >= _limits.PerAddress) return null;
        client.New++;
        client.Open++;
        return client;
    }

    private void Forget()
    {
        foreach (var (key, client) in _clients)
        {
            var isIdle = client is { Open: 0, SignedIn: 0 };
            if (isIdle && clock.GetElapsedTime(client.WindowStart) >= Minute) _clients.Remove(key);
        }
    }

    /// <summary>One connection's place; leaving is disposing.</summary>
    public sealed class Place : IDisposable
    {
        private readonly ConnectionTable _table;
        private readonly Client? _client;
        private bool _isSignedIn;
        private bool _isLeft;

        internal Place(ConnectionTable table, Client? client)
        {
            _table = table;
            _client = client;
        }

        /// <summary>From now on it counts among those that have signed in; false when these are too many.</summary>
        public bool TrySignIn()
        {
            if (_client is null) return true;
            lock (_table._gate)
            {
                if (_client.SignedIn >= _table._limits.PerAddressSignedIn) return false;
                _isSignedIn = true;
                _client.Open--;
                _client.SignedIn++;
                return true;
            }
        }

        /// <summary>One more handshake of this address; false when it has too many.</summary>
        public bool TryBeginHandshake()
        {
            if (_client is null) return true;
            lock (_table._gate)
            {
                if (_client.Handshakes >= _table._limits.HandshakesPerAddress) return false;
                _client.Handshakes++;
                return true;
            }
        }

        /// <summary>The handshake is over.</summary>
        public void EndHandshake()
        {
            if (_client is null) return;
            lock (_table._gate) _client.Handshakes--;
        }

        /// <inheritdoc/>
        public void Dispose()
        {
            lock (_table._gate)
            {
                if (_isLeft) return;
                _isLeft = true;
                _table._total--;
                if (_client is null) return;
                if (_isSignedIn) _client.SignedIn--;
                else _client.Open--;
            }
        }
    }

    internal sealed class Client
    {
        public int Open { get; set; }
        public int SignedIn { get; set; }
        public int Handshakes { get; set; }
        public int New { get; set; }
        public long WindowStart { get; set; }
    }
}
