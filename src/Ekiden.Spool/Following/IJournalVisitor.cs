namespace Ekiden.Spool.Following;

/// <summary>Is shown the facts of the journal in their order; must not keep what it is shown of content.</summary>
public interface IJournalVisitor
{
    /// <summary>The facts that follow were committed together, at this place.</summary>
    void Begin(JournalPosition at);

    /// <summary>A message was taken.</summary>
    /// <param name="message">All but its content.</param>
    /// <param name="head">
    /// The beginning of its content: all of a small one; of a large one the fields that we put in front, maybe none.
    /// Valid during the call.
    /// </param>
    void Accepted(AcceptedMessage message, ReadOnlySpan<byte> head);

    /// <summary>Something happened to it; never a <see cref="JournalEntry.Accepted"/>.</summary>
    void Happened(JournalEntry entry);

    /// <summary>Some of the journal can no longer be read; what it said is lost to this reader.</summary>
    /// <param name="at">Where it began.</param>
    /// <param name="why">In a few words, for the log.</param>
    void Lost(JournalPosition at, string why);
}
