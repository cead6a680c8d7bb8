using System.Buffers;
using System.Runtime.CompilerServices;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Content;

/// <summary>Reads a body of a content segment from its beginning to its end, each block checked.</summary>
internal static class BodyReader
{
    private const int Step = 64 << 10;

    /// <summary>The pieces; each is valid until the next is asked for.</summary>
    /// <exception cref="FrameDamagedException">A block is not as it was written.</exception>
    public static async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        ContentSegments segments, ContentLocation body, [EnumeratorCancellation] CancellationToken cancel)
    {
        var buffer = ArrayPool<byte>.Shared.Rent(Step);
        try
        {
            for (var offset = 0L; offset < body.Length;)
            {
                var wanted = (int)Math.Min(Step, body.Length - offset);
                cancel.ThrowIfCancellationRequested();
                var read = segments.Read(body, offset, buffer.AsSpan(0, wanted));
                if (read == 0)
                    throw new FrameDamagedException($"content segment {body.Segment} ends at {body.Offset + offset}");
                yield return buffer.AsMemory(0, read);
                offset += read;
            }
        }
        finally
        {
            ArrayPool<byte>.Shared.Return(buffer);
        }
    }
}
