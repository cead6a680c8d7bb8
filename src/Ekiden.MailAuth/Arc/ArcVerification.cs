using System.Collections.Immutable;
using Ekiden.Dns;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Arc;

/// <summary>
/// The chain of one message being verified: the header is known, the body comes in pieces. Made by
/// <see cref="ArcVerifier.Begin"/>; used by one at a time.
/// </summary>
public sealed class ArcVerification : IDisposable
{
    private readonly IResolver _resolver;
    private readonly SignedHeader _header;
    private readonly BodyHashes _bodies = new();
    private readonly ImmutableArray<ArcSet> _sets;
    private readonly SignatureFields? _message; // of the last set
    private readonly string? _why; // known without the body

    internal ArcVerification(IResolver resolver, SignedHeader header)
    {
        (_resolver, _header) = (resolver, header);
        if (!ArcChain.TryRead(header, out _sets, out _why) || _sets.IsEmpty) return;
        _why = CheckStates();
        if (_why is not null) return;
        var tags = _sets[^1].Message.Tags;
        if (!SignatureParser.TryParseArcMessage(tags, out _message, out _why)) return;
        _why = Refusal(_message);
        _bodies.Add(_message);
    }

    /// <summary>The next piece of the body, cut anywhere; the empty line after the header is not part of it.</summary>
    public void AppendBody(ReadOnlySpan<byte> piece) => _bodies.Append(piece);

    /// <summary>The verdict. Once, after the last piece.</summary>
    public async Task<ArcVerdict> FinishAsync(CancellationToken cancel)
    {
        _bodies.Finish();
        if (_sets.IsEmpty && _why is null) return new(ArcResult.None, "the message has no ARC sets", 0);
        var why = _why ?? await CheckMessageAsync(cancel) ?? await CheckSealsAsync(cancel);
        var result = why is null ? ArcResult.Pass : ArcResult.Fail;
        return new ArcVerdict(result, why, _sets.Length)
        {
            Sealer = why is null ? _sets[^1].Seal.Tags.Find("d") : null,
            IsClosed = !_sets.IsEmpty && _sets[^1].Seal.Tags.Find("cv") == "fail",
        };
    }

    /// <inheritdoc/>
    public void Dispose() => _bodies.Dispose();

    // RFC 8617 §5.2, steps 2 and 3: the first sealer found no chain, all others a good one.
    private string? CheckStates()
    {
        for (var i = 0; i < _sets.Length; i++)
        {
            var expected = i == 0 ? "none" : "pass";
            if (_sets[i].Seal.Tags.Find("cv") != expected) return "a seal says that the chain is broken (cv=)";
        }
        return null;
    }

    private static string? Refusal(SignatureFields message)
    {
        // what is appended to such a message goes unnoticed: as with DKIM (reliability J-R5)
        if (message.BodyLength is not null) return "only a part of the body is sure to be signed (l=)";
        // §4.1.2
        return message.SignedNames.Contains("arc-seal") ? "a message signature covers a seal (h=)" : null;
    }

    // Step 4: what the last sealer saw is what we see.
    private async ValueTask<string?> CheckMessageAsync(CancellationToken cancel)
    {
        var fields = _message!; // no trouble so far: it was read
        if (!_bodies.IsRight(fields)) return "the body was changed (bh=)";
        var hash = _header.Hash(fields, _sets[^1].Message.Field);
        var verdict = await KeyFinder.VerifyAsync(_resolver, fields, hash, cancel);
        return verdict.Result == DkimResult.Pass ? null : $"ARC-Message-Signature: {verdict.Why}";
    }

    // Step 6: every seal, from the last to the first.
    private async ValueTask<string?> CheckSealsAsync(CancellationToken cancel)
    {
        for (var last = _sets.Length - 1; last >= 0; last--)
        {
            var tags = _sets[last].Seal.Tags;
            if (tags.Find("h") is not null) return "a seal covers fields (h=)"; // §4.1.3
            if (!SignatureParser.TryParseArcSeal(tags, out var fields, out var why)) return $"ARC-Seal: {why}";
            var hash = ArcSealText.Hash(_sets.AsSpan()[..(last + 1)]);
            var verdict = await KeyFinder.VerifyAsync(_resolver, fields, hash, cancel);
            if (verdict.Result != DkimResult.Pass) return $"ARC-Seal: {verdict.Why}";
        }
        return null;
    }
}
