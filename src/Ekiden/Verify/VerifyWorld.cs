using System.Collections.Immutable;
using Ekiden.Dns;
using Ekiden.MailAuth;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Spf;

namespace Ekiden.Verify;

/// <summary>The checks, with the resolver and the time of one command.</summary>
internal sealed class VerifyWorld(IResolver resolver, TimeProvider clock)
{
    private readonly MessageVerifier _verifier = new(resolver, clock, Environment.MachineName);

    public Task<SpfVerdict> CheckSpfAsync(SpfRequest request, CancellationToken cancel) =>
        _verifier.CheckSpfAsync(request, cancel);

    public Task<ImmutableArray<DkimVerdict>> VerifyDkimAsync(byte[] message, CancellationToken cancel) =>
        new DkimVerifier(resolver, clock).VerifyAsync(message, cancel);

    public Task<ArcVerdict> VerifyArcAsync(byte[] message, CancellationToken cancel) =>
        new ArcVerifier(resolver).VerifyAsync(message, cancel);

    /// <summary>Everything; SPF only when it is known who connected.</summary>
    public async Task<AuthenticationFindings> VerifyAsync(
        byte[] message, SpfRequest? client, CancellationToken cancel)
    {
        var spf = client is null ? null : await CheckSpfAsync(client, cancel);
        return await _verifier.VerifyAsync(message, spf, cancel);
    }
}
