using System.Text.Json.Serialization.Metadata;
using Ekiden.Contracts;
using Ekiden.Directory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Accounts and their keys: the operator's side of api.md §7.</summary>
internal sealed class AccountEndpoints(AccountDirectory directory)
{
    private const string Active = "active";
    private const string Suspended = "suspended";

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/accounts", ListAccounts).ForAdmins();
        routes.MapPost("/accounts", Access.Handler(AddAccountAsync)).ForAdmins();
        routes.MapPatch("/accounts/{account}", SetStatusAsync).ForAdmins();
        routes.MapPut("/accounts/{account}/quota", SetQuotaAsync).ForAdmins();
        routes.MapGet("/api-keys", ListKeys).ForAdmins();
        routes.MapPost("/api-keys", Access.Handler(AddKeyAsync)).ForAdmins();
        routes.MapDelete("/api-keys/{key}", RevokeKeyAsync).ForAdmins();
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
        if (request.Status is not (Active or Suspended))
            return Problems.Invalid("/status", "invalid_request", $"{Active} or {Suspended}");
        var status = request.Status == Active ? AccountStatus.Active : AccountStatus.Suspended;
        var result = await directory.SetStatusAsync(account, status, http.RequestAborted);
        return Answer(result, ToResponse, ApiJson.Default.AccountResponse);
    }

    private async Task<IResult> SetQuotaAsync(HttpContext http, string account)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.SetQuotaRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (request.PerDay <= 0) return NotPositive("/per_day");
        if (request.PerHour <= 0) return NotPositive("/per_hour");
        if (request.PerSecond <= 0) return NotPositive("/per_second");
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
        var names = request.Scopes ?? ["send"];
        for (var place = 0; place < names.Count; place++)
        {
            if (!KeyScopeNames.TryParse(names[place], out var scope))
            {
                return Problems.Invalid(
                    $"/scopes/{place}", "invalid_request", $"One of {string.Join(", ", KeyScopeNames.All)}");
            }
            scopes |= scope;
        }
        var result = await directory.AddKeyAsync(request.Account, scopes, request.ExpiresAt, http.RequestAborted);
        return Answer(
            result, issued => new AddKeyResponse(issued.Key.Id, issued.Key.Username, issued.Secret),
            ApiJson.Default.AddKeyResponse, StatusCodes.Status201Created);
    }

    private async Task<IResult> RevokeKeyAsync(HttpContext http, string key) =>
        Answer(await directory.RevokeKeyAsync(key, http.RequestAborted), ToResponse, ApiJson.Default.KeyResponse);

    private static IResult Answer<T, TResponse>(
        DirectoryResult<T> result, Func<T, TResponse> toResponse, JsonTypeInfo<TResponse> type, int status = 200) =>
        result is DirectoryResult<T>.Done done
            ? Results.Json(toResponse(done.Value), type, statusCode: status)
            : Problems.Of(result);

    private static IResult NotPositive(string pointer) =>
        Problems.Invalid(pointer, "invalid_request", "More than 0, or absent for no limit");

    private static AccountResponse ToResponse(Account account) => new(
        account.Id, account.Name, account.Status == AccountStatus.Active ? Active : Suspended,
        new QuotaResponse(account.Quota.Daily, account.Quota.Hourly, account.Quota.PerSecond), account.CreatedAt);

    private static KeyResponse ToResponse(AccessKey key) => new(
        key.Id, key.AccountId, key.Username, key.Scopes.ToNames(), key.CreatedAt, key.ExpiresAt, key.RevokedAt);
}
