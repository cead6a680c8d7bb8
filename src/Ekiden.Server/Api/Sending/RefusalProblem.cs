using Ekiden.Contracts;
using Ekiden.Submission;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api.Sending;

/// <summary>What Intake refuses, in the API's words.</summary>
internal static class RefusalProblem
{
    /// <summary>
    /// What is wrong with the mail is 422, what the key may not is 403, what we cannot now is 503: api.md §1.
    /// </summary>
    public static IResult Of(Refusal refusal, string? pointer = null)
    {
        var (status, text) = (refusal.Code switch
        {
            "unauthorized" => 401,
            "forbidden" or "domain_not_verified" or "sender_not_allowed" => 403,
            "message_too_large" => 413,
            "queue_full" => 503,
            "quota_exceeded" or "rate_limited" => 429,
            _ => 422,
        }, refusal.Reply.Text);
        return pointer is not null && status is (403 or 422)
            ? Problems.Of(status, refusal.Code, text, new ProblemError(pointer, refusal.Code, text))
            : Problems.Of(status, refusal.Code, text);
    }

    /// <summary>The result, with another status.</summary>
    public static IResult WithStatus(this IResult result, int status) => new StatusResult(result, status);

    private sealed class StatusResult(IResult inner, int status) : IResult
    {
        public Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            return inner.ExecuteAsync(httpContext);
        }
    }
}
