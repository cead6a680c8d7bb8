using System.Text.Json.Serialization.Metadata;
using Ekiden.Contracts;
using Ekiden.Directory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Accounts, keys and sender domains: the operator's side of api.md §7.</summary>
internal sealed class AccountEndpoints(AccountDirectory directory)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/accounts", ListAccounts).ForAdmins();
        routes.MapPost("/accounts", Access.Handler(AddAccountAsync)).ForAdmins();
        routes.MapPatch("/accounts/{account}", SetStatusAsync).ForAdmins();
        routes.MapPut("/accounts/{account}/quota", SetQuotaAsync).ForAdmins();
        routes.MapGet("/api-keys", ListKeys).ForAdmins();
        routes.MapPost("/api-keys", Access.Handler(AddKeyAsync)).ForAdmins();
        routes.MapDelete("/api-keys/{key}", RevokeKeyAsync).ForAdmins();
        routes.MapPost("/domains", Access.Handler(AddDomainAsync)).ForAdmins();
    }

    private IResult ListAccounts() => Results.Json(
        new Page<AccountResponse>(
            [.. directory.Current.Accounts.OrderBy(account => account.Name, StringComparer.Ordinal).Select(ToResponse)],
            null, false),
        ApiJson.Default.PageAccountResponse);

    private async Task<IResult> AddAccountAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.AddAccountRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var result = await directory.AddAccountAsync(request.Name, http.RequestAborted);
        return Answer(result, ToResponse, ApiJson.Default.AccountResponse, StatusCodes.Status201Created);
    }

    private async Task<IResult> SetStatusAsync(HttpContext http, string account)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.SetAccountStatusRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (!Enum.TryParse<AccountStatus>(request.Status, ignoreCase: true, out var status))
            return Problems.Invalid("/status", "invalid_request", "active or suspended");
        var result = await directory.SetStatusAsync(account, status, http.RequestAborted);
        return Answer(result, ToResponse, ApiJson.Default.AccountResponse);
    }

    private async Task<IResult> SetQuotaAsync(HttpContext http, string account)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.SetQuotaRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var quota = new SendingQuota(request.PerDay, request.PerHour, request.PerSecond);
        var result = await directory.SetQuotaAsync(account, quota, http.RequestAborted);
        return Answer(result, ToResponse, ApiJson.Default.AccountResponse);
    }

    private IResult ListKeys() => Results.Json(
        new Page<KeyResponse>(
            [.. directory.Current.Keys.OrderBy(key => key.Id, StringComparer.Ordinal).Select(ToResponse)], null, false),
        ApiJson.Default.PageKeyResponse);

    private async Task<IResult> AddKeyAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.AddKeyRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var scopes = KeyScopes.None;
        foreach (var name in request.Scopes ?? ["send"])
        {
            if (!KeyScopeNames.TryParse(name, out var scope))
                return Problems.Invalid("/scopes", "invalid_request", $"One of {string.Join(", ", KeyScopeNames.All)}");
            scopes |= scope;
        }
        var result = await directory.AddKeyAsync(request.Account, scopes, request.ExpiresAt, http.RequestAborted);
        return Answer(
            result, issued => new AddKeyResponse(issued.Key.Id, issued.Key.Username, issued.Secret),
            ApiJson.Default.AddKeyResponse, StatusCodes.Status201Created);
    }

    private async Task<IResult> RevokeKeyAsync(HttpContext http, string key) =>
        Answer(await directory.RevokeKeyAsync(key, http.RequestAborted), ToResponse, ApiJson.Default.KeyResponse);

    private async Task<IResult> AddDomainAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.AddDomainRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var result = await directory.AddDomainAsync(
            request.Account, request.Domain, request.Trust, http.RequestAborted);
        return Answer(
            result, domain => new DomainResponse(domain.Name, domain.IsUsable, []), ApiJson.Default.DomainResponse,
            StatusCodes.Status201Created);
    }

    private static IResult Answer<T, TResponse>(
        DirectoryResult<T> result, Func<T, TResponse> toResponse, JsonTypeInfo<TResponse> type, int status = 200) =>
        result is DirectoryResult<T>.Done done
            ? Results.Json(toResponse(done.Value), type, statusCode: status)
            : Problems.Of(result);

    private static AccountResponse ToResponse(Account account) => new(
        account.Id, account.Name, account.Status == AccountStatus.Active ? "active" : "suspended",
        new QuotaResponse(account.Quota.Daily, account.Quota.Hourly, account.Quota.PerSecond), account.CreatedAt);

    private static KeyResponse ToResponse(AccessKey key) => new(
        key.Id, key.AccountId, key.Username, key.Scopes.ToNames(), key.CreatedAt, key.ExpiresAt, key.RevokedAt);
}
