using System.Buffers;
using System.Runtime.CompilerServices;
using Ekiden.Smtp.Client;
using Ekiden.Spool;

namespace Ekiden.Delivery.Attempts;

/// <summary>A stored content with header fields in front of it, neither of them copied.</summary>
internal sealed class PrefixedContent(ReadOnlyMemory<byte> prefix, MessageContent content) : IOutgoingContent
{
    /// <inheritdoc/>
    public bool TryGetBuffered(out ReadOnlySequence<byte> bytes)
    {
        if (!content.TryGetBuffered(out bytes)) return false;
        if (prefix.IsEmpty) return true;
        var first = new Segment(prefix, 0);
        var last = first;
        foreach (var piece in bytes) last = last.Append(piece);
        bytes = new ReadOnlySequence<byte>(first, 0, last, last.Memory.Length);
        return true;
    }

    /// <inheritdoc/>
    public async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync([EnumeratorCancellation] CancellationToken cancel)
    {
        if (!prefix.IsEmpty) yield return prefix;
        await foreach (var piece in content.ReadAsync(cancel)) yield return piece;
    }

    private sealed class Segment : ReadOnlySequenceSegment<byte>
    {
        public Segment(ReadOnlyMemory<byte> memory, long index)
        {
            Memory = memory;
            RunningIndex = index;
        }

        public Segment Append(ReadOnlyMemory<byte> memory)
        {
            var next = new Segment(memory, RunningIndex + Memory.Length);
            Next = next;
            return next;
        }
    }
}
