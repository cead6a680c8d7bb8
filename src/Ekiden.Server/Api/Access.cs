using Ekiden.Directory;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Who may call an endpoint. Every route of <c>/v1</c> says it; one that does not answers 403.</summary>
internal static class Access
{
    /// <summary>The caller of this request; only behind <see cref="Check"/>.</summary>
    public static ApiCaller Caller(this HttpContext http) =>
        http.Features.Get<ApiCaller>() ?? throw new InvalidOperationException("The route asks for no caller");

    /// <summary>A handler that reads the request by itself; without this the compiler would drop its result.</summary>
    public static Delegate Handler(Func<HttpContext, Task<IResult>> handler) => handler;

    /// <summary>Only the operator, or a key with scope <c>admin</c>.</summary>
    public static RouteHandlerBuilder ForAdmins(this RouteHandlerBuilder route) => route.ForKeysWith(KeyScopes.Admin);

    /// <summary>A key with this scope, or one of these scopes, or the operator.</summary>
    public static RouteHandlerBuilder ForKeysWith(this RouteHandlerBuilder route, KeyScopes scope) =>
        route.WithMetadata(new ScopeNeeded(scope));

    /// <summary>Identifies the caller and asks whether the route is open to it.</summary>
    public static EndpointFilterDelegate Check(
        ApiCallers callers, RateLimits limits, EndpointFilterFactoryContext context, EndpointFilterDelegate next) =>
        async invocation =>
    {
        var http = invocation.HttpContext;
        if (callers.Identify(http.Request) is not { } caller) return Problems.Unauthorized;
        if (!limits.TryTake(http, caller.Key ?? caller.Name))
            return Problems.Of(429, "rate_limited", $"At most {RateLimits.PerSecond} requests a second");
        if (http.GetEndpoint()?.Metadata.GetMetadata<ScopeNeeded>() is not { } needed) return Problems.Forbidden;
        if (!caller.IsAdmin && (caller.Scopes & needed.Scope) == 0) return Problems.Forbidden;
        http.Features.Set(caller);
        return await next(invocation);
    };

    private sealed record ScopeNeeded(KeyScopes Scope);
}
