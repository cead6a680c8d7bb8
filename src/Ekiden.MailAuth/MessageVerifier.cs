using Ekiden.Dns;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;

namespace Ekiden.MailAuth;

/// <summary>
/// All checks of an arriving message at once: SPF, DKIM, ARC, and DMARC over them. Thread-safe; one for a server.
/// </summary>
/// <param name="resolver">Whom to ask.</param>
/// <param name="clock">For time limits, and for what has expired.</param>
/// <param name="hostName">The name of this host.</param>
public sealed class MessageVerifier(IResolver resolver, TimeProvider clock, string hostName)
{
    private readonly SpfChecker _spf = new(resolver, clock, hostName);
    private readonly DmarcEvaluator _dmarc = new(resolver);

    /// <summary>SPF alone, which needs no message: it can be asked while the message arrives.</summary>
    public Task<SpfVerdict> CheckSpfAsync(SpfRequest client, CancellationToken cancel) =>
        _spf.CheckAsync(client, cancel);

    /// <summary>Starts on a message whose header is known; its body follows in pieces.</summary>
    public MessageVerification Begin(HeaderBlock header)
    {
        var fields = new SignedHeader(header);
        var dkim = new DkimVerification(resolver, clock.GetUtcNow(), fields);
        return new MessageVerification(header, dkim, new ArcVerification(resolver, fields), _dmarc);
    }

    /// <summary>
    /// Verifies a whole message (CRLF line ends); without <paramref name="spf"/> DMARC rests on DKIM alone. Only
    /// <paramref name="cancel"/> throws.
    /// </summary>
    public async Task<AuthenticationFindings> VerifyAsync(
        ReadOnlyMemory<byte> message, SpfVerdict? spf, CancellationToken cancel)
    {
        var header = HeaderBlock.Read(message);
        using var verification = Begin(header);
        verification.AppendBody(message.Span[header.BodyOffset..]);
        return await verification.FinishAsync(spf, cancel);
    }
}
