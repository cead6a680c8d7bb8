using System.Collections.Concurrent;
using System.Globalization;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;

namespace Ekiden.EndToEnd.Tests.Crash;

/// <summary>
/// Sessions that hand in numbered messages until the server is gone, and remember every one whose <c>250</c> was read
/// completely, and every one that was refused.
/// </summary>
public sealed class LoadClient(IPEndPoint server)
{
    private readonly ConcurrentDictionary<string, byte> _acknowledged = new();
    private readonly ConcurrentDictionary<string, byte> _refused = new();
    private int _next;

    /// <summary>The ids whose 250 was read.</summary>
    public IReadOnlyCollection<string> Acknowledged => (IReadOnlyCollection<string>)_acknowledged.Keys;

    /// <summary>The ids whose 4xx or 5xx was read.</summary>
    public IReadOnlyCollection<string> Refused => (IReadOnlyCollection<string>)_refused.Keys;

    /// <summary>Runs sessions until the server breaks them or <paramref name="stop"/>.</summary>
    /// <param name="sessions">At once.</param>
    /// <param name="round">Part of every id.</param>
    /// <param name="size">Bytes of the body.</param>
    /// <param name="stop">Ends the load.</param>
    public Task RunAsync(int sessions, int round, int size, CancellationToken stop) =>
        Task.WhenAll(Enumerable.Range(0, sessions).Select(_ => SessionAsync(round, size, stop)));

    private async Task SessionAsync(int round, int size, CancellationToken stop)
    {
        try
        {
            using var client = new TcpClient { NoDelay = true };
            await client.ConnectAsync(server, stop);
            await using var stream = client.GetStream();
            using var reader = new StreamReader(stream, Encoding.ASCII);
            if (await ReplyAsync(reader, stop) != 220) return;
            if (await SendAsync(stream, reader, "EHLO load.test\r\n", stop) != 250) return;
            while (!stop.IsCancellationRequested)
            {
                var id = string.Create(CultureInfo.InvariantCulture, $"m{round}-{Interlocked.Increment(ref _next)}");
                if (!await TransactionAsync(stream, reader, id, size, stop)) return;
            }
        }
        catch (Exception broken) when (broken is IOException or SocketException or OperationCanceledException)
        {
            // the server was killed, or the round is over: what was not answered is unknown, and stays unrecorded
        }
    }

    private async Task<bool> TransactionAsync(
        NetworkStream stream, StreamReader reader, string id, int size, CancellationToken stop)
    {
        if (await SendAsync(stream, reader, "MAIL FROM:<load@sender.test>\r\n", stop) != 250) return false;
        if (await SendAsync(stream, reader, $"RCPT TO:<{id}@sink.test>\r\n", stop) != 250) return false;
        if (await SendAsync(stream, reader, "DATA\r\n", stop) != 354) return false;
        var body = Body(id, size);
        var reply = await SendAsync(stream, reader, body + ".\r\n", stop);
        if (reply == 250) _acknowledged[id] = 1;
        else if (reply >= 400) _refused[id] = 1;
        return reply == 250;
    }

    /// <summary>A message that says its id and the hash of its text, so that the sink can check both.</summary>
    public static string Body(string id, int size)
    {
        var text = new StringBuilder();
        while (text.Length < size) text.Append(id).Append(" 0123456789 abcdefghijklmnopqrstuvwxyz\r\n");
        var hash = Convert.ToHexStringLower(SHA256.HashData(Encoding.ASCII.GetBytes(text.ToString())));
        return $"From: <load@sender.test>\r\nSubject: {id}\r\nX-Id: {id}\r\nX-Hash: {hash}\r\n\r\n{text}";
    }

    private static async Task<int> SendAsync(
        NetworkStream stream, StreamReader reader, string text, CancellationToken stop)
    {
        await stream.WriteAsync(Encoding.ASCII.GetBytes(text), stop);
        return await ReplyAsync(reader, stop);
    }

    private static async Task<int> ReplyAsync(StreamReader reader, CancellationToken stop)
    {
        while (true)
        {
            var line = await reader.ReadLineAsync(stop) ?? throw new IOException("The server closed the connection");
            if (line.Length >= 4 && line[3] == '-') continue;
            return int.Parse(line.AsSpan(0, 3), CultureInfo.InvariantCulture);
        }
    }
}
