namespace Ekiden.Spool.Segments;

/// <summary>Learns of appended frames, on the writer thread, before their waiters do.</summary>
internal interface IFrameApplier
{
    /// <summary>
    /// These frames, in the order of the log, have reached the durability they asked for. Called at most twice for a
    /// batch: after its write with the frames that wait for no flush, after its flush with those that do.
    /// </summary>
    /// <remarks>
    /// Must be short: nothing is written meanwhile. An exception is fatal for the log. A frame of one batch may be
    /// applied before an earlier one of the same batch that waits for the flush; facts that build on each other are
    /// never in one batch, because the second is appended after the first has completed.
    /// </remarks>
    /// <param name="frames">Where they are, and the state their producers gave them.</param>
    /// <param name="through">
    /// The end of the log when every frame before it, and none behind it, has been applied: the moment at which a
    /// snapshot may be cut. Null when the rest of the batch is still to come.
    /// </param>
    void Applied(ReadOnlySpan<AppliedFrame> frames, LogPosition? through);
}

/// <summary>A frame that is in the log.</summary>
/// <param name="At">Where.</param>
/// <param name="State">What the producer gave as <see cref="Frame.State"/>.</param>
internal readonly record struct AppliedFrame(FrameLocation At, object? State);
