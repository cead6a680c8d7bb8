using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;

namespace Ekiden.MailAuth;

/// <summary>One message being verified. Made by <see cref="MessageVerifier.Begin"/>; used by one at a time.</summary>
public sealed class MessageVerification : IDisposable
{
    private readonly HeaderBlock _header;
    private readonly DkimVerification _dkim;
    private readonly ArcVerification _arc;
    private readonly DmarcEvaluator _dmarc;

    internal MessageVerification(
        HeaderBlock header, DkimVerification dkim, ArcVerification arc, DmarcEvaluator dmarc) =>
        (_header, _dkim, _arc, _dmarc) = (header, dkim, arc, dmarc);

    /// <summary>The next piece of the body, cut anywhere; the empty line after the header is not part of it.</summary>
    public void AppendBody(ReadOnlySpan<byte> piece)
    {
        _dkim.AppendBody(piece);
        _arc.AppendBody(piece);
    }

    /// <summary>Everything that was found; all but SPF is there. Once, after the last piece.</summary>
    /// <param name="spf">What SPF said; null when it was not checked.</param>
    public async Task<AuthenticationFindings> FinishAsync(SpfVerdict? spf, CancellationToken cancel)
    {
        var chain = _arc.FinishAsync(cancel);
        var dkim = await _dkim.FinishAsync(cancel);
        var dmarc = await _dmarc.EvaluateAsync(_header, spf, dkim, cancel);
        return new AuthenticationFindings { Spf = spf, Dkim = dkim, Arc = await chain, Dmarc = dmarc };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _dkim.Dispose();
        _arc.Dispose();
    }
}
