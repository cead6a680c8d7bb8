using System.Collections.Immutable;
using Ekiden.Dns;
using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>
/// Verifies DKIM signatures: RFC 6376 with RFC 8301 (no SHA-1, keys of 1024 bits at least), RFC 8463 (Ed25519) and
/// RFC 8616 (international domains). Thread-safe.
/// </summary>
/// <param name="resolver">Where keys are asked for; it keeps them for their time.</param>
/// <param name="clock">Decides what has expired.</param>
public sealed class DkimVerifier(IResolver resolver, TimeProvider clock)
{
    /// <summary>Signatures that are verified of one message, from the top: reliability J-R5.</summary>
    public const int MaxSignatures = 5;

    /// <summary>Starts on a message whose header is known.</summary>
    public DkimVerification Begin(HeaderBlock header) => new(resolver, clock.GetUtcNow(), new SignedHeader(header));

    /// <summary>
    /// Verifies a whole message (CRLF line ends). Only <paramref name="cancel"/> throws; no signatures give no
    /// verdicts.
    /// </summary>
    public async Task<ImmutableArray<DkimVerdict>> VerifyAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        var header = HeaderBlock.Read(message);
        using var verification = Begin(header);
        verification.AppendBody(message.Span[header.BodyOffset..]);
        return await verification.FinishAsync(cancel);
    }
}
