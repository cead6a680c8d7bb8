using System.Buffers;
using System.IO.Pipelines;

namespace Ekiden.Server.Batches;

/// <summary>Reads a stream line by line; an empty line counts for nothing.</summary>
internal sealed class BatchLines(Stream stream) : IAsyncDisposable
{
    public const string RecipientsFile = "recipients.ndjson";
    public const string ErrorsFile = "errors.ndjson";

    /// <summary>Bytes of a line at most: DESIGN §11.</summary>
    public const int LongestLine = 1 << 20;

    private readonly PipeReader _reader = PipeReader.Create(stream, new StreamPipeReaderOptions(bufferSize: 64 << 10));

    /// <summary>The lines of a batch's file.</summary>
    public static BatchLines OpenFile(string directory, string name) => new(new FileStream(
        Path.Combine(directory, name),
        new FileStreamOptions { BufferSize = 0, Options = FileOptions.Asynchronous | FileOptions.SequentialScan }));

    /// <summary>The next line; null at the end.</summary>
    /// <exception cref="InvalidDataException">It is longer than <see cref="LongestLine"/>.</exception>
    public async ValueTask<byte[]?> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            var read = await _reader.ReadAsync(cancel);
            var buffer = read.Buffer;
            var end = buffer.PositionOf((byte)'\n');
            var line = end is { } at ? buffer.Slice(0, at) : read.IsCompleted ? buffer : default;
            if (buffer.Length > LongestLine && (end is null || line.Length > LongestLine))
                throw new InvalidDataException($"A line has more than {LongestLine} bytes");
            if (end is null && !read.IsCompleted)
            {
                _reader.AdvanceTo(buffer.Start, buffer.End);
                continue;
            }
            var bytes = line.ToArray();
            _reader.AdvanceTo(end is { } next ? buffer.GetPosition(1, next) : buffer.End);
            if (!bytes.AsSpan().Trim(" \r\t"u8).IsEmpty) return bytes;
            if (end is null) return null;
        }
    }

    public ValueTask DisposeAsync() => _reader.CompleteAsync();
}
