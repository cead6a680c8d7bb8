using System.Collections.Immutable;
using Ekiden.Dns;
using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// The signatures of one message being verified: the header is known, the body comes in pieces. Made by
/// <see cref="DkimVerifier.Begin"/>; used by one at a time.
/// </summary>
public sealed class DkimVerification : IDisposable
{
    private readonly IResolver _resolver;
    private readonly DateTimeOffset _now;
    private readonly SignedHeader _header;
    private readonly BodyHashes _bodies = new();
    private readonly List<Candidate> _candidates = [];

    internal DkimVerification(IResolver resolver, DateTimeOffset now, SignedHeader header)
    {
        (_resolver, _now, _header) = (resolver, now, header);
        foreach (var field in header.Find("dkim-signature"))
        {
            var candidate = _candidates.Count < DkimVerifier.MaxSignatures ? Read(field) : Skipped(field);
            if (candidate.Early is null) _bodies.Add(candidate.Fields!); // Read gives one of the two
            _candidates.Add(candidate);
        }
    }

    /// <summary>The next piece of the body, cut anywhere; the empty line after the header is not part of it.</summary>
    public void AppendBody(ReadOnlySpan<byte> piece) => _bodies.Append(piece);

    /// <summary>The verdicts, in the order of the signatures from the top. Once, after the last piece.</summary>
    public async Task<ImmutableArray<DkimVerdict>> FinishAsync(CancellationToken cancel)
    {
        _bodies.Finish();
        // at once: a name server that is silent is waited for only once
        var verdicts = await Task.WhenAll(_candidates.Select(candidate => JudgeAsync(candidate, cancel)));
        return [.. verdicts.Zip(_candidates, (verdict, candidate) => Describe(candidate, verdict))];
    }

    /// <inheritdoc/>
    public void Dispose() => _bodies.Dispose();

    private async Task<DkimVerdict> JudgeAsync(Candidate candidate, CancellationToken cancel)
    {
        if (candidate.Early is { } early) return early;
        var fields = candidate.Fields!; // there is no early verdict
        if (!_bodies.IsRight(fields)) return new(DkimResult.Fail, "the body was changed (bh=)");
        var hash = _header.Hash(fields, candidate.Field);
        var verdict = await KeyFinder.VerifyAsync(_resolver, fields, hash, cancel);
        if (verdict.Result != DkimResult.Pass) return verdict;
        return Refusal(fields) is { } why ? verdict with { Result = DkimResult.Policy, Why = why } : verdict;
    }

    // What is right and not accepted all the same: reliability J-R5.
    private string? Refusal(SignatureFields fields)
    {
        if (fields.ExpiresAt <= _now) return "the signature has expired (x=)";
        if (fields.BodyLength is not null) return "only a part of the body is sure to be signed (l=)";
        return _header.Find("from").Count == 1 ? null : "the message has not exactly one From";
    }

    private static Candidate Read(in HeaderField field)
    {
        if (!TagList.TryParse(field.RawValue, out var tags))
            return new(field, null, null, new(DkimResult.PermError, "the signature field cannot be read"));
        return SignatureParser.TryParseDkim(tags, out var fields, out var why)
            ? new(field, tags, fields, null)
            : new(field, tags, fields, new(DkimResult.PermError, why));
    }

    private static Candidate Skipped(in HeaderField field)
    {
        var why = $"only the first {DkimVerifier.MaxSignatures} signatures are verified";
        var tags = TagList.TryParse(field.RawValue, out var read) ? read : null;
        return new(field, tags, null, new(DkimResult.Neutral, why));
    }

    private static DkimVerdict Describe(Candidate candidate, DkimVerdict verdict)
    {
        var (fields, tags) = (candidate.Fields, candidate.Tags);
        var signature = tags?.Find("b")?.Replace(" ", "", StringComparison.Ordinal);
        return verdict with
        {
            Domain = fields?.Domain ?? tags?.Find("d"),
            Selector = fields?.Selector ?? tags?.Find("s"),
            Identity = fields?.Identity,
            Algorithm = tags?.Find("a"),
            SignatureStart = signature?[..Math.Min(8, signature.Length)],
        };
    }

    /// <summary>One signature: its fields, or a verdict that needs none.</summary>
    private sealed record Candidate(HeaderField Field, TagList? Tags, SignatureFields? Fields, DkimVerdict? Early);
}
