using Ekiden.Mail;
using Ekiden.Spool.Content;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Journal;

/// <summary>
/// Keeps the index in step with the log: on the writer thread, in the order of the log, before any waiter learns that
/// its commit is done. Tells the queue who waits.
/// </summary>
internal sealed class JournalView(QueueIndex index, PendingFacts pending, FreshMessages fresh) : IFrameApplier
{
    // Frames applied between two looks at the lock: claims never wait for more.
    private const int Step = 64;

    private readonly List<int> _waiting = [];
    private readonly List<MessageId> _leaving = [];
    private IRecipientQueue? _queue;
    private long _segment;
    private Action<LogPosition>? _cut;

    /// <summary>Called when the log begins a new segment, and when messages finished; must not block.</summary>
    public Action? Changed { get; set; }

    /// <summary>Called when facts were applied; must not block.</summary>
    public Action? Grew { get; set; }

    /// <summary>From now on the queue is told of everyone who waits, those included who wait already.</summary>
    public void Attach(IRecipientQueue queue)
    {
        lock (index.Tables.Gate) _queue = queue;
        var block = new List<int>();
        for (var from = 0; TakeBlock(from, block); from += Step * Step)
        {
            foreach (var slot in block) queue.Add(slot);
        }
    }

    /// <summary>
    /// Has the action run on the writer thread, under the gate of the index, at the next moment when the index says
    /// exactly what the log says up to a position.
    /// </summary>
    public void CutAtNextRest(Action<LogPosition> cut) => Volatile.Write(ref _cut, cut);

    /// <inheritdoc/>
    public void Applied(ReadOnlySpan<AppliedFrame> frames, LogPosition? through)
    {
        while (frames.Length > 0)
        {
            var step = frames[..Math.Min(Step, frames.Length)];
            frames = frames[step.Length..];
            Apply(step, frames.IsEmpty ? through : null);
        }
        if (through is { } rest && Volatile.Read(ref _cut) is not null) Apply([], rest);
    }

    private void Apply(ReadOnlySpan<AppliedFrame> frames, LogPosition? through)
    {
        foreach (var frame in frames) (frame.State as Commit)?.GiveContent(fresh);
        IRecipientQueue? queue;
        lock (index.Tables.Gate)
        {
            foreach (var frame in frames)
            {
                if (frame.State is Commit commit) commit.Apply(index, pending, frame.At);
            }
            queue = _queue;
            TakeNews(queue is not null);
            if (through is { } rest && Interlocked.Exchange(ref _cut, null) is { } cut) cut(rest);
        }
        foreach (var frame in frames) (frame.State as Commit)?.Settle();
        foreach (var id in _leaving) fresh.Remove(id);
        foreach (var slot in _waiting) queue!.Add(slot); // only filled when there is a queue
        Tell(frames);
    }

    private void TakeNews(bool hasQueue)
    {
        var applier = index.Applier;
        _waiting.Clear();
        _leaving.Clear();
        _leaving.AddRange(applier.Finished);
        _leaving.AddRange(applier.Deferred);
        foreach (var slot in applier.Waiting)
        {
            if (hasQueue && index.Offer(slot)) _waiting.Add(slot);
        }
        applier.Waiting.Clear();
        applier.Finished.Clear();
        applier.Deferred.Clear();
    }

    private void Tell(ReadOnlySpan<AppliedFrame> frames)
    {
        if (frames.IsEmpty) return;
        Grew?.Invoke();
        if (frames[^1].At.Segment == _segment) return;
        _segment = frames[^1].At.Segment;
        Changed?.Invoke();
    }

    private bool TakeBlock(int from, List<int> block)
    {
        block.Clear();
        lock (index.Tables.Gate)
        {
            var end = Math.Min(from + (Step * Step), index.Tables.Recipients.Count);
            for (var slot = from; slot < end; slot++)
            {
                if (index.Offer(slot)) block.Add(slot);
            }
            return from < index.Tables.Recipients.Count;
        }
    }
}
