using Ekiden.Dns;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Arc;

/// <summary>
/// Verifies the chain of those who passed a message on: RFC 8617 §5.2. Keys and algorithms as with DKIM. Thread-safe.
/// </summary>
/// <param name="resolver">Where keys are asked for; it keeps them for their time.</param>
public sealed class ArcVerifier(IResolver resolver)
{
    /// <summary>Starts on a message whose header is known.</summary>
    public ArcVerification Begin(HeaderBlock header) => new(resolver, new SignedHeader(header));

    /// <summary>Verifies a whole message (CRLF line ends). Only <paramref name="cancel"/> throws.</summary>
    public async Task<ArcVerdict> VerifyAsync(ReadOnlyMemory<byte> message, CancellationToken cancel)
    {
        var header = HeaderBlock.Read(message);
        using var verification = Begin(header);
        verification.AppendBody(message.Span[header.BodyOffset..]);
        return await verification.FinishAsync(cancel);
    }
}
