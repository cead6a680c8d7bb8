using System.Collections.Concurrent;
using Ekiden.Delivery.Lanes;

namespace Ekiden.Delivery.Queue;

/// <summary>The destinations that mail is due for, by domain.</summary>
/// <remarks>By name, not by the index's id, which may come to mean another domain.</remarks>
internal sealed class Destinations
{
    private readonly ConcurrentDictionary<string, Destination> _byDomain = new(StringComparer.Ordinal);
    private readonly Func<string, Destination> _create;

    /// <summary>No destination yet.</summary>
    public Destinations(DestinationServices services) => _create = domain => new Destination(domain, services);

    /// <summary>Destinations at the moment.</summary>
    public int Count => _byDomain.Count;

    /// <summary>The destination of a domain; null when no mail is due for it.</summary>
    public Destination? Find(string domain) => _byDomain.GetValueOrDefault(domain);

    /// <summary>The destination of a domain that mail is due for, its lane known if that needs no name
    /// service.</summary>
    public Destination Get(string domain)
    {
        if (_byDomain.TryGetValue(domain, out var destination)) return destination;
        destination = _byDomain.GetOrAdd(domain, _create);
        destination.KnowLane();
        return destination;
    }

    /// <summary>Takes a recipient that is due.</summary>
    public void Offer(DueRecipient recipient, string domain) => _byDomain.GetOrAdd(domain, _create).Offer(recipient);

    /// <summary>Recipients of these domains are tried now, whatever rests.</summary>
    public void AskAgain(IEnumerable<string> domains)
    {
        foreach (var domain in domains) Get(domain).AskAgain();
    }

    /// <summary>Every route is looked up again before it is used: the settings changed.</summary>
    public void ForgetRoutes()
    {
        foreach (var (_, destination) in _byDomain) destination.ForgetRoute();
    }

    /// <summary>Drops destinations that nothing waits for.</summary>
    public void Sweep()
    {
        foreach (var (domain, destination) in _byDomain)
        {
            // An arrival at the same moment finds no lane and is looked up anew: it is never lost, only asked for
            // twice.
            if (destination.IsIdle) _byDomain.TryRemove(new KeyValuePair<string, Destination>(domain, destination));
        }
    }
}

/// <summary>What all destinations work with.</summary>
/// <param name="Lanes">The lanes, and how routes are found.</param>
/// <param name="Shared">What lanes work with, too.</param>
internal sealed record DestinationServices(LaneDirectory Lanes, LaneServices Shared);
