using Ekiden.Dns;
using Ekiden.Mail;

namespace Ekiden.MailAuth.Spf;

/// <summary>
/// Checks whether a client may send with a domain: RFC 7208 complete, with the identities of RFC 8616. Thread-safe.
/// </summary>
/// <remarks>
/// Limits (RFC 7208 §4.6.4): 10 terms that ask the name service, 2 of them without an answer, 10 mail exchangers, 10
/// names of the client, 20 seconds in all.
/// </remarks>
/// <param name="resolver">Whom to ask.</param>
/// <param name="clock">For the time limit, and for explanations.</param>
/// <param name="receiver">The name of this host, for explanations.</param>
public sealed class SpfChecker(IResolver resolver, TimeProvider clock, string receiver)
{
    private static readonly TimeSpan TotalTime = TimeSpan.FromSeconds(20);

    /// <summary>
    /// The verdict on MAIL FROM, or on HELO when that is empty. Only <paramref name="cancel"/> throws.
    /// </summary>
    public async Task<SpfVerdict> CheckAsync(SpfRequest request, CancellationToken cancel)
    {
        var verdict = await CheckDomainAsync(request, cancel);
        return verdict with { IsHelo = request.Sender.Length == 0 };
    }

    private async Task<SpfVerdict> CheckDomainAsync(SpfRequest request, CancellationToken cancel)
    {
        var at = request.Sender.LastIndexOf('@');
        var given = request.Sender.Length == 0 ? request.Helo : request.Sender[(at + 1)..];
        if (!SpfDomain.TryNormalize(given, out var domain))
            return new SpfVerdict(SpfResult.None, given, "no domain that could have a record", null);

        var client = request.Client.IsIPv4MappedToIPv6 ? request.Client.MapToIPv4() : request.Client;
        var helo = DomainName.TryNormalize(request.Helo, out var normal) ? normal : request.Helo;
        var localPart = at > 0 ? request.Sender[..at] : "postmaster"; // §4.3
        var values = new MacroValues(client, helo, localPart, domain, receiver, clock.GetUtcNow());

        using var deadline = new CancellationTokenSource(TotalTime, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        var evaluation = new SpfEvaluation(new SpfLookups(resolver, client, either.Token), values);
        try
        {
            var result = await evaluation.CheckHostAsync(domain);
            var why = SafeText.Of(evaluation.Why);
            var explanation = result == SpfResult.Fail ? await evaluation.ExplainAsync() : null;
            return new SpfVerdict(result, domain, why, explanation);
        }
        catch (OperationCanceledException) when (deadline.IsCancellationRequested && !cancel.IsCancellationRequested)
        {
            return new SpfVerdict(SpfResult.TempError, domain, "the name service took too long", null);
        }
    }
}
