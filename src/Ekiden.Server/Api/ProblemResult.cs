using Ekiden.Contracts;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Writes a problem, with the request's name in it.</summary>
internal sealed class ProblemResult(Problem problem) : IResult
{
    public Task ExecuteAsync(HttpContext httpContext)
    {
        httpContext.Response.StatusCode = problem.Status;
        if (problem.Status == StatusCodes.Status401Unauthorized)
        {
            httpContext.Response.Headers.WWWAuthenticate =
            "Bearer";
        }

        if (problem.Retryable) httpContext.Response.Headers.RetryAfter = "30";
        return httpContext.Response.WriteAsJsonAsync(
            problem with { RequestId = httpContext.TraceIdentifier }, ApiJson.Default.Problem, Problem.MediaType,
            httpContext.RequestAborted);
    }
}
