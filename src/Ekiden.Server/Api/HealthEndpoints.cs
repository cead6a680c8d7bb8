using Ekiden.Spool;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>
/// <c>/healthz</c>: the process answers. <c>/readyz</c>: it takes new mail. Neither shows details without a key
/// (api.md §11).
/// </summary>
internal sealed class HealthEndpoints(IJournal journal)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        string[] methods = [HttpMethods.Get, HttpMethods.Head]; // load balancers ask with either
        routes.MapMethods("/healthz", methods, () => Results.Text("ok\n"));
        routes.MapMethods("/readyz", methods, () => journal.Failure.IsCompleted || journal.RefusesNewMail(0) is not null
            ? Results.Text(
                "not ready: the spool takes no new mail\n", statusCode: StatusCodes.Status503ServiceUnavailable)
            : Results.Text("ok\n"));
    }
}
