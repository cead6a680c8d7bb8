using System.Diagnostics;
using System.Threading.Channels;

namespace Ekiden.Server.Hosting.Logs;

/// <summary>
/// The one writer of log records: takes them from everybody, writes them in batches. When the reader of the stream is
/// slower than the log, records are dropped and counted, never waited for: a full log disk stops no mail (L-R6).
/// </summary>
public sealed class LogWriter : IAsyncDisposable
{
    private const int Capacity = 16_384;
    private const int BatchBytes = 64 * 1024;

    private readonly Channel<byte[]> _records = Channel.CreateBounded<byte[]>(
        new BoundedChannelOptions(Capacity) { SingleReader = true, FullMode = BoundedChannelFullMode.DropWrite });

    private readonly Stream _target;
    private readonly Task _writing;
    private long _written;
    private long _offered;

    /// <summary>Writes to <paramref name="target"/> until disposed.</summary>
    public LogWriter(Stream target)
    {
        _target = target;
        _writing = WriteAllAsync();
    }

    /// <summary>Records that found the buffer full since the start.</summary>
    public long Dropped => Math.Max(
        0, Interlocked.Read(ref _offered) - Interlocked.Read(ref _written) - _records.Reader.Count);

    /// <summary>One whole record, its line end included.</summary>
    public void Write(byte[] record)
    {
        Interlocked.Increment(ref _offered);
        _records.Writer.TryWrite(record);
    }

    /// <summary>Writes what waits, at most for two seconds (a reader may have stopped reading), and ends.</summary>
    public async ValueTask DisposeAsync()
    {
        _records.Writer.TryComplete();
        await Task.WhenAny(_writing, Task.Delay(TimeSpan.FromSeconds(2), TimeProvider.System, CancellationToken.None));
    }

    private async Task WriteAllAsync()
    {
        using var batch = new MemoryStream(BatchBytes);
        while (await _records.Reader.WaitToReadAsync())
        {
            while (batch.Length < BatchBytes && _records.Reader.TryRead(out var record))
            {
                batch.Write(record);
                Interlocked.Increment(ref _written);
            }
            try
            {
                await _target.WriteAsync(batch.GetBuffer().AsMemory(0, (int)batch.Length));
                await _target.FlushAsync();
            }
            catch (IOException gone) // the reader closed the stream: there is nobody left to tell
            {
                Debug.WriteLine(gone.Message);
                return;
            }
            batch.SetLength(0);
        }
    }
}
