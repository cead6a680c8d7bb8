namespace Ekiden.Spool;

/// <summary>
/// Who waits for recipients to become due: the delivery queue. Called for every recipient that begins to wait, in the
/// same way after a restart, an arrival, a deferral and a release.
/// </summary>
public interface IRecipientQueue
{
    /// <summary>
    /// The recipient in <paramref name="slot"/> of <see cref="QueueIndex"/> waits from now on; domain and due time are
    /// read from the index. Called by the journal's writer or by the replay: must not block, nor throw.
    /// </summary>
    void Add(int slot);
}
