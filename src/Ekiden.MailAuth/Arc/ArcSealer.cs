using System.Buffers;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Arc;

/// <summary>
/// Seals messages that are passed on: adds one set of three fields, so that those behind us can know what we found
/// before anything was changed. RFC 8617 §5.1. Thread-safe.
/// </summary>
/// <param name="identity">Who seals; RSA, as few verifiers know another algorithm here.</param>
/// <param name="authority">Our authserv-id: RFC 8601 §2.5.</param>
/// <param name="clock">When it is sealed (<c>t=</c>).</param>
public sealed class ArcSealer(DkimIdentity identity, string authority, TimeProvider clock)
{
    /// <summary>Writes the three fields that are to stand above the header, each with its CRLF.</summary>
    /// <param name="header">Of the message exactly as it will be sent, DKIM signatures of ours included.</param>
    /// <param name="relaxedBodyHash">The 32 bytes of <see cref="RelaxedBodyHash"/>, as it will be sent.</param>
    /// <param name="findings">
    /// What was found when it arrived; <see cref="AuthenticationFindings.Arc"/> must be there.
    /// </param>
    /// <param name="output">Where they go.</param>
    /// <returns>
    /// False, and nothing is written, when no set may be added: the chain is closed, full or not even a chain
    /// (§5.1.1.3, §4.2.1), or the message has no From.
    /// </returns>
    public bool TrySeal(
        HeaderBlock header, ReadOnlySpan<byte> relaxedBodyHash, AuthenticationFindings findings,
        IBufferWriter<byte> output)
    {
        var chain = findings.Arc ?? throw new ArgumentException("The chain was not verified.", nameof(findings));
        var results = AuthenticationResults.FormatValue(authority, findings);
        return TrySeal(header, SigningPlan.ForArc, relaxedBodyHash, (results, chain), output);
    }

    internal bool TrySeal(
        HeaderBlock header, SigningPlan plan, ReadOnlySpan<byte> bodyHash, (string Results, ArcVerdict Chain) found,
        IBufferWriter<byte> output)
    {
        var chain = found.Chain;
        if (chain.IsClosed || chain.Instances >= ArcChain.MaxInstances) return false;
        if (!ArcChain.TryRead(new SignedHeader(header), out var sets, out _)) return false;
        var instance = sets.Length + 1;
        var now = clock.GetUtcNow().ToUnixTimeSeconds();

        using var results = new PooledBuffer(1024);
        results.Append("ARC-Authentication-Results: i="u8);
        results.Append(instance);
        results.Append("; "u8);
        results.Append(found.Results);
        results.Append("\r\n"u8);
        using var message = new PooledBuffer(2048);
        if (!TrySignMessage(header, plan, bodyHash, (instance, now), message)) return false;

        using var seal = new PooledBuffer(1024);
        using var canonical = new PooledBuffer(4096);
        // §5.1.2: a seal on a broken chain covers its own set alone
        if (chain.Result == ArcResult.Pass)
            foreach (var set in sets) ArcSealText.Write(canonical, set);
        AppendCanonical(canonical, results);
        AppendCanonical(canonical, message);
        WriteSeal(seal, canonical, chain.Result, (instance, now));
        output.Write(seal.Written);
        output.Write(message.Written);
        output.Write(results.Written);
        return true;
    }

    // The tags in alphabetical order, as most others write them.
    private bool TrySignMessage(
        HeaderBlock header, SigningPlan plan, ReadOnlySpan<byte> bodyHash, (int Instance, long Now) set,
        PooledBuffer message)
    {
        using var canonical = new PooledBuffer(header.Length + 1024);
        using var names = new PooledBuffer(512);
        if (!plan.TryWrite(header, canonical, names)) return false;
        message.Append("ARC-Message-Signature: a="u8);
        message.Append(SignatureWriter.Name(identity.Key.Algorithm));
        message.Append(";\r\n\tb="u8);
        var at = message.Length;
        message.Append(";\r\n\tbh="u8);
        message.AppendBase64(bodyHash);
        message.Append("; c=relaxed/relaxed;\r\n\td="u8);
        message.Append(identity.Domain);
        message.Append(";\r\n\th="u8);
        message.Append(names.Written);
        message.Append(";\r\n "u8); // a tab before i= breaks dkimpy
        AppendSigner(message, set);
        SignatureWriter.Sign(message, at, canonical, identity.Key);
        return true;
    }

    private void WriteSeal(PooledBuffer seal, PooledBuffer canonical, ArcResult chain, (int Instance, long Now) set)
    {
        seal.Append("ARC-Seal: a="u8);
        seal.Append(SignatureWriter.Name(identity.Key.Algorithm));
        seal.Append(";\r\n\tb="u8);
        var at = seal.Length;
        seal.Append("; cv="u8);
        seal.Append(chain switch { ArcResult.None => "none", ArcResult.Pass => "pass", _ => "fail" });
        seal.Append(";\r\n\td="u8);
        seal.Append(identity.Domain);
        seal.Append("; "u8);
        AppendSigner(seal, set);
        SignatureWriter.Sign(seal, at, canonical, identity.Key);
    }

    private void AppendSigner(PooledBuffer field, (int Instance, long Now) set)
    {
        field.Append("i="u8);
        field.Append(set.Instance);
        field.Append("; s="u8);
        field.Append(identity.Selector);
        field.Append("; t="u8);
        field.Append(set.Now);
    }

    private static void AppendCanonical(PooledBuffer canonical, PooledBuffer field)
    {
        SignatureWriter.WriteRelaxed(field.Written, canonical);
        canonical.Append("\r\n"u8);
    }
}
