using Ekiden.Mail;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>What the spool must know, in the plainest way: a dictionary of messages, and counters.</summary>
internal sealed class SpoolModel
{
    public SortedDictionary<int, Recipient[]> Messages { get; } = [];

    public long Accepted { get; private set; }

    public SortedDictionary<RecipientState, long> Ended { get; } = [];

    public void Accept(int message, int recipients)
    {
        Messages.Add(message, [.. Enumerable.Range(0, recipients).Select(_ => new Recipient())]);
        Accepted += recipients;
    }

    public void Start(int message, int place) => On(message, place, one => one.Started++);

    public void Defer(int message, int place, DateTimeOffset due) => On(message, place, one =>
    {
        (one.Started, one.Duplicate, one.Due, one.Reason) = (0, false, due, DeferralReason.Reply);
        one.Attempts = 1;
    });

    public void Finish(int message, int place, RecipientState fate) => On(message, place, one =>
    {
        one.State = fate;
        Ended[fate] = Ended.GetValueOrDefault(fate) + 1;
    });

    public void Hold(int message, int place) => On(message, place, one => one.State = RecipientState.Held);

    public void Release(int message, int place) => On(message, place, one =>
    {
        one.Duplicate |= one.Started > 0;
        (one.State, one.Started, one.Due) = (RecipientState.Waiting, 0, Post.Now);
    });

    /// <summary>Attempts that nobody knows the end of, after a restart.</summary>
    public void Restart()
    {
        foreach (var recipients in Messages.Values)
        {
            foreach (var one in recipients.Where(one => one.State < RecipientState.Delivered && one.Started > 0))
            {
                one.Duplicate = true;
                var again = Post.Now + TimeSpan.FromSeconds(30);
                if (one is { State: RecipientState.Waiting, Started: 2 } && one.Due < again) one.Due = again;
            }
            if (!recipients.Any(one => one is { State: RecipientState.Waiting, Started: >= 3 })) continue;
            foreach (var one in recipients.Where(one => one.State == RecipientState.Waiting))
            {
                one.State =
                RecipientState.Held;
            }
        }
    }

    /// <summary>Everything, as text to compare.</summary>
    public override string ToString() => string.Join('\n', Messages
        .SelectMany(pair => pair.Value.Select((one, place) => one.State < RecipientState.Delivered
            ? $"{Post.Id(pair.Key)} {place} {one.State} {one.Due:HH:mm:ss} {one.Attempts} {one.Reason} {one.Duplicate}"
            : $"{Post.Id(pair.Key)} {place} {one.State}"))
        .Append($"accepted {Accepted}")
        .Concat(Ended.Select(pair => $"{pair.Key} {pair.Value}")));

    /// <summary>The same of an index.</summary>
    public static string Text(QueueIndex index)
    {
        var counts = index.Accounting;
        var ids = new SortedSet<MessageId>(Comparer<MessageId>.Create((a, b) => a.Value.CompareTo(b.Value)));
        index.Visit(recipient => ids.Add(recipient.Message) || true);
        (RecipientState Fate, long Count)[] ended =
        [
            (RecipientState.Delivered, counts.Delivered), (RecipientState.Failed, counts.Failed),
            (RecipientState.Expired, counts.Expired), (RecipientState.Cancelled, counts.Cancelled),
            (RecipientState.Suppressed, counts.Suppressed),
        ];
        return string.Join('\n', ids
            .SelectMany(id => index.FindMessage(id)).Select(one => one.State < RecipientState.Delivered
                ? $"{one.Message} {one.Recipient} {one.State} {one.Due:HH:mm:ss} {one.Attempts} {one.LastReason} "
                    + $"{one.PossibleDuplicate}"
                : $"{one.Message} {one.Recipient} {one.State}")
            .Append($"accepted {counts.Accepted}")
            .Concat(ended.Where(one => one.Count > 0).Select(one => $"{one.Fate} {one.Count}")));
    }

    private void On(int message, int place, Action<Recipient> change)
    {
        if (!Messages.TryGetValue(message, out var recipients)
            || recipients[place].State >= RecipientState.Delivered)
        {
            return;
        }

        change(recipients[place]);
        if (recipients.All(one => one.State >= RecipientState.Delivered)) Messages.Remove(message);
    }

    internal sealed class Recipient
    {
        public RecipientState State { get; set; }

        public DateTimeOffset Due { get; set; } = Post.Now;

        public int Attempts { get; set; }

        public int Started { get; set; }

        public DeferralReason? Reason { get; set; }

        public bool Duplicate { get; set; }
    }
}
