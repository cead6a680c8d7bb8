using System.Buffers;
using Ekiden.Spool;

namespace Ekiden.Testing;

/// <summary>The content of a message in one array.</summary>
public sealed class MemoryContent : MessageContent
{
    private readonly ArrayBufferWriter<byte> _body = new();
    private ReadOnlyMemory<byte> _prefix;

    /// <summary>Nothing yet.</summary>
    public MemoryContent()
    {
    }

    /// <summary>These bytes.</summary>
    public MemoryContent(ReadOnlySpan<byte> bytes) => _body.Write(bytes);

    /// <inheritdoc/>
    public override long Length => _prefix.Length + _body.WrittenCount;

    /// <summary>Another one with the same bytes.</summary>
    public MemoryContent Copy()
    {
        var copy = new MemoryContent { _prefix = _prefix };
        copy._body.Write(_body.WrittenSpan);
        return copy;
    }

    /// <inheritdoc/>
    public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        _body.Write(bytes.Span);
        return ValueTask.CompletedTask;
    }

    /// <inheritdoc/>
    public override void SetPrefix(ReadOnlyMemory<byte> headerFields) => _prefix = headerFields;

    /// <inheritdoc/>
    public override ReadOnlyMemory<byte> Head(int length)
    {
        var all = All();
        return all.Length <= length ? all : all[..length];
    }

    /// <inheritdoc/>
    public override bool TryGetBuffered(out ReadOnlySequence<byte> content)
    {
        content = new ReadOnlySequence<byte>(All());
        return true;
    }

    /// <inheritdoc/>
    public override async IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(
        [System.Runtime.CompilerServices.EnumeratorCancellation] CancellationToken cancel)
    {
        await Task.CompletedTask;
        yield return All();
    }

    /// <inheritdoc/>
    protected override void Dispose(bool disposing)
    {
    }

    private byte[] All() => [.. _prefix.Span, .. _body.WrittenSpan];
}
