using System.Buffers;
using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Spool.Records;

namespace Ekiden.Simulation.Tests;

/// <summary>The real index without a disk and without a history; tells every result.</summary>
internal sealed class SimulatedJournal(IRecipientQueue queue, TimeProvider clock) : IJournal
{
    private static readonly Content Nothing = new();

    private readonly Dictionary<MessageId, AcceptedMessage> _messages = [];

    public QueueIndex Index { get; } = new(clock);

    public Task<Exception> Failure { get; } = new TaskCompletionSource<Exception>().Task;

    /// <summary>Told every result after it has been committed.</summary>
    public Action<AcceptedMessage, RecipientResult> OnResult { get; set; } = static (_, _) => { };

    public void Accept(AcceptedMessage message)
    {
        _messages[message.Id] = message;
        Apply(new SpoolRecord.Accepted(message, default));
        Tell();
    }

    public ValueTask CommitAsync(ImmutableArray<JournalEntry> entries, Durability durability, CancellationToken cancel)
    {
        foreach (var entry in entries) Apply(new SpoolRecord.Fact(entry));
        Tell();
        foreach (var entry in entries)
        {
            if (entry is not JournalEntry.Attempted attempted) continue;
            var message = _messages[attempted.Message];
            foreach (var result in attempted.Results)
            {
                if (result.Outcome is not DeliveryOutcome.Deferred) _messages.Remove(attempted.Message);
                OnResult(message, result);
            }
        }
        return ValueTask.CompletedTask;
    }

    public ValueTask<StoredMessage?> OpenAsync(MessageId id, CancellationToken cancel) =>
        new(_messages.TryGetValue(id, out var message) ? new StoredMessage(message, Nothing) : null);

    public DeliveryOutcome? LastOutcome(in QueuedRecipient recipient) => null;

    public MessageContent NewContent(long expectedSize) => throw new NotSupportedException();

    public string? RefusesNewMail(long expectedSize) => null;

    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    private void Apply(SpoolRecord record)
    {
        lock (Index.Tables.Gate) Index.Applier.Apply(record, default, replaying: false);
    }

    private void Tell()
    {
        Index.Applier.Finished.Clear();
        Index.Applier.Deferred.Clear();
        if (Index.Applier.Waiting.Count == 0) return;
        int[] waiting = [.. Index.Applier.Waiting];
        Index.Applier.Waiting.Clear();
        foreach (var slot in waiting) queue.Add(slot);
    }

    private sealed class Content : MessageContent
    {
        public override long Length => 2000;

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel) =>
            throw new NotSupportedException();

        public override void SetPrefix(ReadOnlyMemory<byte> headerFields) => throw new NotSupportedException();

        public override ReadOnlyMemory<byte> Head(int length) => default;

        public override bool TryGetBuffered(out ReadOnlySequence<byte> content)
        {
            content = default;
            return true;
        }

        public override IAsyncEnumerable<ReadOnlyMemory<byte>> ReadAsync(CancellationToken cancel) =>
            throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
        }
    }
}
