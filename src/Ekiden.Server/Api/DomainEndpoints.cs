using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Server.Domains;
using Ekiden.Server.Signing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Sender domains, their keys, and what to publish for them: the operator's side of api.md §7.</summary>
internal sealed class DomainEndpoints(AccountDirectory directory, DomainServices services, string hostName)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/domains", List).ForAdmins();
        routes.MapPost("/domains", Access.Handler(AddAsync)).ForAdmins();
        routes.MapGet("/domains/{domain}", Show).ForAdmins();
        routes.MapPost("/domains/{domain}/verify", VerifyAsync).ForAdmins();
        routes.MapGet("/domains/{domain}/health", InspectAsync).ForAdmins();
        routes.MapPost("/domains/{domain}/dkim", ImportAsync).ForAdmins();
        routes.MapPost("/domains/{domain}/dkim/rotate", RotateAsync).ForAdmins();
    }

    private IResult List() => Results.Json(
        new Page<DomainDetailResponse>(
            [.. directory.Current.Domains.OrderBy(domain => domain.Name, StringComparer.Ordinal).Select(Describe)],
            null, false),
        ApiJson.Default.PageDomainDetailResponse);

    private async Task<IResult> AddAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.AddDomainRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var result = await directory.AddDomainAsync(
            request.Account, request.Domain, request.Trust, http.RequestAborted);
        if (result is DirectoryResult<SenderDomain>.Done added)
            result = await services.Keyring.EnsureKeysAsync(added.Value, http.RequestAborted);
        return result is DirectoryResult<SenderDomain>.Done { Value: var domain }
            ? Results.Json(ToResponse(domain), ApiJson.Default.DomainResponse, statusCode: StatusCodes.Status201Created)
            : Problems.Of(result);
    }

    private IResult Show(string domain) => Find(domain) is { } found ? Shown(found) : NotFound(domain);

    private async Task<IResult> VerifyAsync(HttpContext http, string domain)
    {
        if (Find(domain) is not { } found) return NotFound(domain);
        return Answer(await services.Keeper.LookAsync(found, isFull: true, http.RequestAborted));
    }

    private async Task<IResult> InspectAsync(HttpContext http, string domain)
    {
        if (Find(domain) is not { } found) return NotFound(domain);
        await services.Keeper.LookAsync(found, isFull: false, http.RequestAborted);
        var report = await services.Watch.InspectAsync(found, http.RequestAborted);
        return Results.Json(ToResponse(report), ApiJson.Default.DomainHealthResponse);
    }

    private async Task<IResult> ImportAsync(HttpContext http, string domain)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.ImportDomainKeyRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (Find(domain) is not { } found) return NotFound(domain);
        var result = await services.Keyring.ImportAsync(
            found.Name, request.Selector.ToLowerInvariant(), request.PrivateKey, request.Trust, http.RequestAborted);
        return result is DirectoryResult<SenderDomain>.Done && !request.Trust
            ? Answer(await services.Keeper.LookAsync(found, isFull: false, http.RequestAborted))
            : Answer(result);
    }

    private async Task<IResult> RotateAsync(HttpContext http, string domain)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.RotateDomainKeysRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (Find(domain) is not { } found) return NotFound(domain);
        return Answer(await services.Keyring.RotateAsync(found.Name, request.Trust, http.RequestAborted));
    }

    private SenderDomain? Find(string domain) =>
        DomainName.TryNormalize(domain, out var name) ? directory.Current.FindDomain(name) : null;

    private static IResult NotFound(string domain) =>
        Problems.Of(new DirectoryResult<SenderDomain>.NotFound("domain", SafeText.Of(domain)));

    private IResult Answer(DirectoryResult<SenderDomain> result) =>
        result is DirectoryResult<SenderDomain>.Done done ? Shown(done.Value) : Problems.Of(result);

    private IResult Shown(SenderDomain domain) =>
        Results.Json(Describe(domain), ApiJson.Default.DomainDetailResponse);

    private DomainResponse ToResponse(SenderDomain domain) => new(
        domain.Name, domain.IsUsable, DomainRecords.Of(domain, directory.Current.KeysOf(domain), hostName));

    private DomainDetailResponse Describe(SenderDomain domain)
    {
        var keys = directory.Current.KeysOf(domain);
        return new DomainDetailResponse(
            domain.Name, domain.AccountId, Word(domain.Status), domain.IsUsable,
            [.. keys.Select(key => new DomainKeyResponse(
                key.Selector, KeyLife.AlgorithmOf(key), Word(key.Status), key.CreatedAt, key.PublishedAt,
                key.RetiredAt))],
            DomainRecords.Of(domain, keys, hostName));
    }

    private static DomainHealthResponse ToResponse(DomainReport report) => new(
        report.Domain, Word(report.Status), report.CheckedAt,
        [.. report.Findings.Select(finding => new DomainCheckResponse(
            finding.Check, finding.Subject, Word(finding.Status), finding.Detail, finding.Fix))],
        [.. report.Rules.Select(rule => new ProviderRuleResponse(
            rule.Provider, rule.Rule, Word(rule.Status), rule.Why))]);

    private static string Word<T>(T value) where T : struct, Enum => value.ToString().ToLowerInvariant();
}
