using System.Collections.Immutable;
using Ekiden.Directory;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.Server.Signing;

/// <summary>
/// The life of a key: made, published, waited for, signing, retired. Decides and changes nothing; what it returns are
/// the keys that change.
/// </summary>
internal static class KeyLife
{
    /// <summary>
    /// From when a new key was seen to its first signature, where an old one signs meanwhile: resolvers that asked too
    /// early have forgotten by then that there was nothing (RFC 2308 §5 bounds that by hours; ours by 15 minutes).
    /// </summary>
    public static readonly TimeSpan Settling = TimeSpan.FromHours(1);

    /// <summary>
    /// How long the record of a retired key has to stay: mail that it signed is on its way for five days.
    /// </summary>
    public static readonly TimeSpan RecordStays = TimeSpan.FromDays(7);

    /// <summary>It waits, and nobody has seen its record.</summary>
    public static bool IsUnseen(DomainKey key) => key is { Status: DomainKeyStatus.Pending, PublishedAt: null };

    /// <summary>Both sign with RSA, or both with Ed25519: RFC 6376 §3.6.1 (<c>k=</c>).</summary>
    public static bool IsSameAlgorithm(string record, string other) => IsEd25519(record) == IsEd25519(other);

    /// <summary>The word of the field for what a key signs with.</summary>
    public static string AlgorithmOf(DomainKey key) => IsEd25519(key.PublicRecord) ? "ed25519" : "rsa";

    /// <summary>Mail is not signed with it from now on.</summary>
    public static DomainKey Retire(DomainKey key, DateTimeOffset now) =>
        key with { Status = DomainKeyStatus.Retired, RetiredAt = now };

    /// <summary>All keys that wait sign, whatever DNS says, and those they follow do not any more.</summary>
    public static IEnumerable<DomainKey> Activate(ImmutableArray<DomainKey> keys, DateTimeOffset now) =>
        Follow(keys, [.. keys.Where(key => key.Status == DomainKeyStatus.Pending)], now);

    /// <summary>What follows from a look at DNS.</summary>
    /// <param name="keys">All keys of a domain.</param>
    /// <param name="seen">What was found at the places of those that are looked for.</param>
    /// <param name="isTrusted">The operator vouched for the domain: what signs goes on.</param>
    /// <param name="now">When it was found.</param>
    public static IEnumerable<DomainKey> Apply(
        ImmutableArray<DomainKey> keys, IReadOnlyDictionary<string, DkimPublication> seen, bool isTrusted,
        DateTimeOffset now)
    {
        ImmutableArray<DomainKey> looked = [.. keys.Select(key => Look(key, seen, isTrusted, now))];
        ImmutableArray<DomainKey> ready = [.. looked.Where(key => IsReady(key, looked, now))];
        var followed = Follow(looked, ready, now).ToDictionary(key => key.Id);
        return looked.Select(key => followed.GetValueOrDefault(key.Id, key)).Except(keys);
    }

    private static DomainKey Look(
        DomainKey key, IReadOnlyDictionary<string, DkimPublication> seen, bool isTrusted, DateTimeOffset now) =>
        seen.GetValueOrDefault(key.Id) switch
        {
            DkimPublication.Published => key with { PublishedAt = key.PublishedAt ?? now },
            // Gone: the domain is perhaps another's by now, so signing stops (J-R4).
            DkimPublication.Missing or DkimPublication.Different => key with
            {
                PublishedAt = null,
                Status = key.Status == DomainKeyStatus.Active && !isTrusted ? DomainKeyStatus.Pending : key.Status,
            },
            _ => key,
        };

    private static bool IsReady(DomainKey key, ImmutableArray<DomainKey> all, DateTimeOffset now)
    {
        if (key is not { Status: DomainKeyStatus.Pending, PublishedAt: { } since }) return false;
        var hasOlder = all.Any(other => other.Status == DomainKeyStatus.Active
            && IsSameAlgorithm(other.PublicRecord, key.PublicRecord));
        return !hasOlder || now - since >= Settling;
    }

    private static IEnumerable<DomainKey> Follow(
        ImmutableArray<DomainKey> keys, ImmutableArray<DomainKey> begin, DateTimeOffset now)
    {
        foreach (var key in begin) yield return key with { Status = DomainKeyStatus.Active };
        foreach (var key in keys)
        {
            var isFollowed = key.Status == DomainKeyStatus.Active
                && begin.Any(next => IsSameAlgorithm(next.PublicRecord, key.PublicRecord));
            if (isFollowed) yield return Retire(key, now);
        }
    }

    private static bool IsEd25519(string record) =>
        record.Split(';').Any(tag => tag.Replace(" ", "", StringComparison.Ordinal) == "k=ed25519");
}
