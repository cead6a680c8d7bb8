using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Server.Signing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Sender domains and what to publish for them: the operator's side of api.md §7.</summary>
internal sealed class DomainEndpoints(AccountDirectory directory, DomainKeyring keyring, string hostName)
{
    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/domains", Access.Handler(AddAsync)).ForAdmins();

    private async Task<IResult> AddAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.AddDomainRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var result = await directory.AddDomainAsync(
            request.Account, request.Domain, request.Trust, http.RequestAborted);
        if (result is DirectoryResult<SenderDomain>.Done added)
            result = await keyring.EnsureKeysAsync(added.Value, http.RequestAborted);
        return result is DirectoryResult<SenderDomain>.Done { Value: var domain }
            ? Results.Json(ToResponse(domain), ApiJson.Default.DomainResponse, statusCode: StatusCodes.Status201Created)
            : Problems.Of(result);
    }

    private DomainResponse ToResponse(SenderDomain domain) => new(
        domain.Name, domain.IsUsable, DomainRecords.Of(domain, directory.Current.KeysOf(domain), hostName));
}
