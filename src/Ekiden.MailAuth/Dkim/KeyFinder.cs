using System.Collections.Immutable;
using Ekiden.Dns;

namespace Ekiden.MailAuth.Dkim;

/// <summary>Fetches keys and tries a signature on them: RFC 6376 §6.1.2 and §6.1.3.</summary>
internal static class KeyFinder
{
    private const int MaxRecords = 5;

    /// <summary>
    /// What the published keys say about a signature over a hash. Of several records the one that fits counts, else the
    /// verdict on the first of the right kind.
    /// </summary>
    internal static async ValueTask<DkimVerdict> VerifyAsync(
        IResolver resolver, SignatureFields fields, byte[] hash, CancellationToken cancel)
    {
        switch (await resolver.FindTextAsync(fields.KeyName, cancel))
        {
            case DnsAnswer<string>.Failed:
                return new(DkimResult.TempError, "the key cannot be fetched now");
            case DnsAnswer<string>.Found { Records: var records }:
                return Verify(records, fields, hash);
            default:
                return new(DkimResult.PermError, "there is no key");
        }
    }

    private static DkimVerdict Verify(ImmutableArray<string> records, SignatureFields fields, byte[] hash)
    {
        DkimVerdict? first = null;
        foreach (var text in records.AsSpan()[..Math.Min(records.Length, MaxRecords)])
        {
            var verdict = Verify(text, fields, hash);
            if (verdict.Result == DkimResult.Pass) return verdict;
            if (first is null || (first.Result == DkimResult.PermError && verdict.Result != DkimResult.PermError))
                first = verdict;
        }
        return first!; // an answer that was found has records
    }

    private static DkimVerdict Verify(string text, SignatureFields fields, byte[] hash)
    {
        if (!KeyRecord.TryParse(text, out var key, out var why)) return new(DkimResult.PermError, why);
        if (key.Algorithm != fields.Algorithm)
            return new(DkimResult.PermError, "the key is for another algorithm (a=)");
        if (key.IsStrict && fields.IdentityDomain != fields.Domain)
            return new(DkimResult.PermError, "the key does not allow subdomains (i=)"); // t=s: §3.6.1
        return PublicKey.Verify(key, hash, fields.Signature.AsSpan()) with { IsTesting = key.IsTesting };
    }
}
