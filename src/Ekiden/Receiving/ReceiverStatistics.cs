using System.Text;
using System.Text.Json;

namespace Ekiden.Receiving;

/// <summary>What a receiver has counted.</summary>
internal sealed class ReceiverStatistics
{
    private long _accepted;
    private long _recipients;
    private long _deferred;
    private long _rejected;
    private long _connections;
    private long _refused;
    private int _open;
    private int _highest;

    /// <summary>Messages taken.</summary>
    public long Accepted => Interlocked.Read(ref _accepted);

    /// <summary>Recipients of these messages.</summary>
    public long Recipients => Interlocked.Read(ref _recipients);

    /// <summary>4xx to a message or recipient.</summary>
    public long Deferred => Interlocked.Read(ref _deferred);

    /// <summary>5xx to a message or recipient.</summary>
    public long Rejected => Interlocked.Read(ref _rejected);

    /// <summary>Connections that were let in.</summary>
    public long Connections => Interlocked.Read(ref _connections);

    /// <summary>Connections that were not, in whichever way.</summary>
    public long Refused => Interlocked.Read(ref _refused);

    /// <summary>Connections at the moment.</summary>
    public int Open => Volatile.Read(ref _open);

    /// <summary>The most at once, since the start.</summary>
    public int Highest => Volatile.Read(ref _highest);

    public void Entered()
    {
        Interlocked.Increment(ref _connections);
        var open = Interlocked.Increment(ref _open);
        for (var highest = Highest; open > highest; highest = Highest)
            Interlocked.CompareExchange(ref _highest, open, highest);
    }

    public void Left() => Interlocked.Decrement(ref _open);

    public void WasRefused() => Interlocked.Increment(ref _refused);

    public void Took(int recipients)
    {
        Interlocked.Increment(ref _accepted);
        Interlocked.Add(ref _recipients, recipients);
    }

    public void Answered(int code)
    {
        if (code >= 500) Interlocked.Increment(ref _rejected);
        else Interlocked.Increment(ref _deferred);
    }

    /// <summary>One line of JSON.</summary>
    /// <param name="name">What it is: <c>second</c> or <c>summary</c>.</param>
    /// <param name="time">When.</param>
    public string ToJson(string name, DateTimeOffset time)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("event", name);
            json.WriteString("time", time);
            json.WriteNumber("accepted", Accepted);
            json.WriteNumber("recipients", Recipients);
            json.WriteNumber("deferred", Deferred);
            json.WriteNumber("rejected", Rejected);
            json.WriteNumber("refused", Refused);
            json.WriteNumber("connections", Connections);
            json.WriteNumber("open", Open);
            json.WriteNumber("highest", Highest);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }
}
