using System.Buffers;
using System.Collections.Immutable;
using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// Signs messages: one <c>DKIM-Signature</c> field for each identity, relaxed/relaxed, SHA-256, never <c>l=</c>.
/// RFC 6376 §5, RFC 8463; what is signed: reliability J-R2. Thread-safe; made once for a sending domain and kept.
/// </summary>
/// <remarks>
/// The cost is that of the raw signatures and some microseconds: the body is hashed elsewhere, the header is made
/// canonical once for all identities.
/// </remarks>
/// <param name="identities">In the order their fields will stand; RSA first, so that it is seen first.</param>
/// <param name="lifetime">How long the signatures hold (<c>x=</c>); null is for ever.</param>
/// <param name="clock">When it is signed (<c>t=</c>).</param>
public sealed class DkimSigner(ImmutableArray<DkimIdentity> identities, TimeSpan? lifetime, TimeProvider clock)
{
    /// <summary>Writes the fields that are to stand above the header, each with its CRLF.</summary>
    /// <param name="header">Of the message exactly as it will be sent; trace fields may stand in it.</param>
    /// <param name="relaxedBodyHash">The 32 bytes of <see cref="RelaxedBodyHash"/>.</param>
    /// <param name="output">Where they go.</param>
    /// <returns>False, and nothing is written, when the message has no From: it cannot be signed (§5.4).</returns>
    public bool TrySign(HeaderBlock header, ReadOnlySpan<byte> relaxedBodyHash, IBufferWriter<byte> output)
    {
        using var canonical = new PooledBuffer(header.Length + 1024);
        using var names = new PooledBuffer(512);
        if (!SigningPlan.ForDkim.TryWrite(header, canonical, names)) return false;
        using var field = new PooledBuffer(2048);
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var signed = canonical.Length;
        foreach (var identity in identities)
        {
            field.Truncate(0);
            canonical.Truncate(signed);
            field.Append("DKIM-Signature: v=1; a="u8);
            SignatureWriter.WriteTags(field, identity, names.Written, relaxedBodyHash, (now, lifetime));
            SignatureWriter.Sign(field, field.Length, canonical, identity.Key);
            output.Write(field.Written);
        }
        return true;
    }
}
