namespace Ekiden.Delivery.Queue;

/// <summary>Where due recipients wait: a destination whose route is being found, or a lane.</summary>
internal interface IWaitingPlace
{
    /// <summary>Do the recipients of this destination wait here?</summary>
    bool Holds(Destination destination);
}
