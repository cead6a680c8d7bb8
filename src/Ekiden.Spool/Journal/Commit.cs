using System.Collections.Immutable;
using Ekiden.Spool.Content;
using Ekiden.Spool.Index;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Journal;

/// <summary>The entries of one frame on their way through the log, and where in the payload each begins.</summary>
internal sealed class Commit
{
    private readonly ImmutableArray<SpoolRecord> _records;
    private readonly ImmutableArray<JournalEntry> _entries;
    private readonly int[] _offsets;

    /// <summary>Facts of a producer.</summary>
    public Commit(ImmutableArray<JournalEntry> entries)
    {
        _entries = entries;
        _records = [];
        _offsets = new int[entries.Length + 1];
    }

    /// <summary>Records of the housekeeper.</summary>
    /// <param name="records">What they say.</param>
    /// <param name="offsets">Where each begins in the payload, and where the last ends.</param>
    public Commit(ImmutableArray<SpoolRecord> records, int[] offsets)
    {
        _entries = [];
        _records = records;
        _offsets = offsets;
    }

    /// <summary>Entries in the frame.</summary>
    public int Count => _offsets.Length - 1;

    /// <summary>
    /// The entry begins where the frame's payload ends now; called with the count for the end of the last.
    /// </summary>
    public void Begins(int entry, Frame frame) => _offsets[entry] = frame.Length;

    /// <summary>Hands the content of accepted messages to the cache, before anybody can ask for it.</summary>
    public void GiveContent(FreshMessages fresh)
    {
        foreach (var entry in _entries)
        {
            if (entry is not JournalEntry.Accepted { Content: NewContent content } accepted) continue;
            if (content.Give() is { } buffer) fresh.Add(accepted.Message, buffer);
        }
    }

    /// <summary>Applies everything, under the gate of the index.</summary>
    public void Apply(QueueIndex index, PendingFacts pending, FrameLocation at)
    {
        pending.End(_entries);
        for (var i = 0; i < Count; i++)
        {
            var home = EntryLocation.Of(at, _offsets[i], _offsets[i + 1] - _offsets[i]);
            index.Applier.Apply(Record(i), home, replaying: false);
        }
    }

    /// <summary>After the index knows of everything.</summary>
    public void Settle()
    {
        foreach (var entry in _entries)
        {
            if (entry is JournalEntry.Accepted { Content: NewContent content }) content.Settle();
        }
    }

    private SpoolRecord Record(int i) => _entries.IsEmpty ? _records[i] : _entries[i] switch
    {
        JournalEntry.Accepted accepted => new SpoolRecord.Accepted(
            accepted.Message, new StoredContent { Body = (accepted.Content as NewContent)?.Body }),
        var fact => new SpoolRecord.Fact(fact),
    };
}
