using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>The table of routes: everything under <c>/v1</c> asks who calls, health and metrics do not.</summary>
internal static class ApiRoutes
{
    public static void Map(
        IEndpointRouteBuilder routes, ApiCallers callers, RateLimits limits, HealthEndpoints health,
        params Action<IEndpointRouteBuilder>[] groups)
    {
        health.Map(routes);
        var v1 = routes.MapGroup("/v1");
        v1.AddEndpointFilterFactory((context, next) => Access.Check(callers, limits, context, next));
        foreach (var map in groups) map(v1);
        routes.MapFallback("{*path}", (HttpContext http) =>
            http.Request.Path.StartsWithSegments("/v1", StringComparison.Ordinal)
            && callers.Identify(http.Request) is null
                ? Problems.Unauthorized
                : Problems.NotFound);
    }
}
