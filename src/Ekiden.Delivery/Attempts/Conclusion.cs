using System.Collections.Immutable;
using Ekiden.Spool;

namespace Ekiden.Delivery.Attempts;

/// <summary>The end of one attempt as facts for the journal, and what is said about it once they are there.</summary>
/// <param name="Message">Whose recipients.</param>
/// <param name="Attempted">The results.</param>
/// <param name="Others">What is committed with them: notices, a hold.</param>
internal sealed record Conclusion(
    AcceptedMessage Message, JournalEntry.Attempted Attempted, ImmutableArray<JournalEntry> Others)
{
    /// <summary>Adds everything that must survive together.</summary>
    public void AddTo(ImmutableArray<JournalEntry>.Builder entries)
    {
        entries.Add(Attempted);
        entries.AddRange(Others);
    }
}
