using Ekiden.Delivery.Lanes.Learning;

namespace Ekiden.Delivery.Lanes;

/// <summary>
/// The right to one transaction: given by the lane with a recipient, and given back with what came of it.
/// </summary>
internal struct LaneTicket
{
    /// <summary>Who is next.</summary>
    public int Slot;

    /// <summary>When the right was given: monotonic.</summary>
    public TimeSpan Begun;

    /// <summary>It was given for bulk.</summary>
    public bool IsBulk;

    /// <summary>It has not been given back.</summary>
    public bool IsOut;

    /// <summary>The site took the message.</summary>
    public bool IsAccepted;

    /// <summary>What else the site let us know; null when nothing.</summary>
    public LaneSignal? Signal;

    /// <summary>Whom the signal concerns, other than the lane; null is the lane.</summary>
    public string? Account;

    /// <summary>As <see cref="Account"/>.</summary>
    public string? SenderDomain;
}
