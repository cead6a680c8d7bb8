using Ekiden.Dns;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// Looks whether keys are published as they must be: before the first signature, and daily. Thread-safe.
/// </summary>
/// <param name="resolver">Whom to ask.</param>
public sealed class DkimPublicationChecker(IResolver resolver)
{
    /// <summary>Looks for one key. Only <paramref name="cancel"/> throws.</summary>
    /// <param name="domain">The signing domain in A-label form.</param>
    /// <param name="selector">The selector.</param>
    /// <param name="publicRecord">What should be there: <see cref="DkimKey.PublicRecord"/>.</param>
    /// <exception cref="ArgumentException"><paramref name="publicRecord"/> is no key record.</exception>
    public async Task<DkimPublication> CheckAsync(
        string domain, string selector, string publicRecord, CancellationToken cancel)
    {
        if (!KeyRecord.TryParse(publicRecord, out var ours, out var why))
            throw new ArgumentException(why, nameof(publicRecord));
        var answer = await resolver.FindTextAsync($"{selector}._domainkey.{domain}", cancel);
        if (answer is DnsAnswer<string>.Failed) return DkimPublication.Unknown;
        if (answer is not DnsAnswer<string>.Found found) return DkimPublication.Missing;
        foreach (var text in found.Records)
        {
            var isOurs = KeyRecord.TryParse(text, out var theirs, out _) && theirs.Algorithm == ours.Algorithm
                && theirs.Data.AsSpan().SequenceEqual(ours.Data);
            if (isOurs) return DkimPublication.Published;
        }
        return DkimPublication.Different;
    }
}
