using Ekiden.Events.Storage;
using Ekiden.Mail;

namespace Ekiden.Events.Projection;

/// <summary>Events that are no facts of the journal, on their way into the log.</summary>
internal sealed class OtherEvents(DayWriter writer, OutcomeRows outcomes)
{
    private readonly Lock _gate = new();
    private readonly Queue<Pending> _waiting = new();
    private bool _isClosed;

    /// <summary>Some wait.</summary>
    public bool HasMore
    {
        get
        {
            lock (_gate) return _waiting.Count > 0;
        }
    }

    /// <summary>Takes events in; completes when they are in the log.</summary>
    public Task Add(IReadOnlyList<NewEvent> events, DateTimeOffset at)
    {
        if (events.Count == 0) return Task.CompletedTask;
        var pending = new Pending(
            events, at, new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously));
        lock (_gate)
        {
            ObjectDisposedException.ThrowIf(_isClosed, this);
            _waiting.Enqueue(pending);
        }
        return pending.Added.Task;
    }

    /// <summary>Those that are next; they stay until <see cref="Complete"/>.</summary>
    public IReadOnlyList<Pending> Take(int atMost)
    {
        var taken = new List<Pending>();
        var count = 0;
        lock (_gate)
        {
            foreach (var pending in _waiting)
            {
                if (count > 0 && count + pending.Events.Count > atMost) break;
                taken.Add(pending);
                count += pending.Events.Count;
            }
        }
        return taken;
    }

    /// <summary>Writes them into the transaction that is open.</summary>
    public void Write(IReadOnlyList<Pending> taken)
    {
        foreach (var pending in taken)
        {
            foreach (var one in pending.Events) Write(one, pending.At);
        }
    }

    /// <summary>They are in the log: whoever waits goes on.</summary>
    public void Complete(IReadOnlyList<Pending> taken)
    {
        lock (_gate)
        {
            foreach (var _ in taken) _waiting.Dequeue();
        }
        foreach (var pending in taken) pending.Added.TrySetResult();
    }

    /// <summary>Nothing is written any more: whoever waits is told.</summary>
    public void Close()
    {
        lock (_gate)
        {
            _isClosed = true;
            foreach (var pending in _waiting)
                pending.Added.TrySetException(new ObjectDisposedException(nameof(OtherEvents)));
            _waiting.Clear();
        }
    }

    private void Write(NewEvent one, DateTimeOffset at)
    {
        var known = one.Message is { } message ? writer.Messages.Find(message) : null;
        var place = one.Place ?? PlaceOf(known, one.Recipient);
        var recipient = known is not null && place is { } at0 ? DayWriter.AddressOf(known, at0) : one.Recipient;
        var row = new EventRow
        {
            Type = one.Type,
            At = at,
            Place = place,
            Account = one.Account,
            Stream = one.Stream,
            Recipient = known is null ? one.Recipient : null,
            Flags = one.IsAsynchronous ? EventFlags.Asynchronous : EventFlags.None,
            ReplyCode = one.ReplyCode,
            EnhancedStatus = one.EnhancedStatus,
            Text = one.Text is null ? null : SafeText.Of(one.Text),
            Class = one.Class,
            ExtraJson = one.ExtraJson,
            Provider = recipient is { Length: > 0 }
                ? outcomes.ProviderOf(recipient[(recipient.LastIndexOf('@') + 1)..].ToLowerInvariant(), "")
                : null,
        };
        if (known is not null) row = row with { Message = writer.KeyOf(known, isNew: false, place) };
        writer.AddOther(known, row);
    }

    private static int? PlaceOf(KnownMessage? known, string? recipient)
    {
        if (known is null || recipient is null) return null;
        var place = known.Row.Recipients.IndexOf(recipient, 0, StringComparer.OrdinalIgnoreCase);
        return place < 0 ? null : place;
    }

    /// <summary>Events that somebody waits for.</summary>
    internal sealed record Pending(IReadOnlyList<NewEvent> Events, DateTimeOffset At, TaskCompletionSource Added);
}
