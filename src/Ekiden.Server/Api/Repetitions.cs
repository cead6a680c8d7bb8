using System.Security.Cryptography;
using Ekiden.Directory.Idempotency;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary><c>Idempotency-Key</c>: the same request again is not a second one (api.md §1).</summary>
internal sealed class Repetitions(IdempotencyStore store)
{
    private const string Header = "Idempotency-Key";

    /// <summary>
    /// Does a request once. Without a key, every time; with one, a repetition gets the first answer.
    /// </summary>
    /// <param name="account">Whose key it is.</param>
    /// <param name="body">What is compared with the first request.</param>
    /// <param name="perform">Does it; the claim, null without a key, is to be promised before the commit.</param>
    public Task<IResult> OnceAsync(
        HttpContext http, string account, ReadOnlyMemory<byte> body, Func<RequestClaim?, Task<IResult>> perform) =>
        http.Request.Headers[Header].Count == 0
            ? perform(null)
            : OnceAsync(http, account, SHA256.HashData(body.Span), perform);

    /// <summary>As the other; the body's hash is known.</summary>
    public async Task<IResult> OnceAsync(
        HttpContext http, string account, byte[] fingerprint, Func<RequestClaim?, Task<IResult>> perform)
    {
        var given = http.Request.Headers[Header];
        if (given.Count == 0) return await perform(null);
        var key = given.ToString();
        if (key.Length is 0 or > RepeatedRequest.LongestKey || key.Any(letter => letter is < ' ' or > '~'))
        {
            return Problems.Of(
                400, "invalid_request", $"{Header} is 1 to {RepeatedRequest.LongestKey} printable characters");
        }
        var request = new RepeatedRequest(account, http.Request.Path, key, fingerprint);
        switch (await store.BeginAsync(request, http.RequestAborted))
        {
            case RepetitionResult.First first:
                await using (first.Claim) return await perform(first.Claim);
            case RepetitionResult.Done done:
                http.Response.Headers["Idempotency-Replayed"] = "true";
                return new StoredAnswer(done.Status, done.Answer);
            case RepetitionResult.Running:
                return Problems.Of(409, "idempotency_in_progress", "The request with this key is being done");
            default:
                return Problems.Of(422, "idempotency_key_reused", "Another request had this key");
        }
    }

    private sealed class StoredAnswer(int status, byte[] answer) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            httpContext.Response.StatusCode = status;
            httpContext.Response.ContentType = "application/json; charset=utf-8";
            await httpContext.Response.Body.WriteAsync(answer, httpContext.RequestAborted);
        }
    }
}
