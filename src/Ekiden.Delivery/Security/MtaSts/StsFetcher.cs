using System.Net;

namespace Ekiden.Delivery.Security.MtaSts;

/// <summary>
/// Fetches policies over HTTPS: RFC 8461 §3.3. The client that it is given follows no redirects, verifies certificates,
/// and connects to no private address; it belongs to the caller.
/// </summary>
internal sealed class StsFetcher(HttpClient http, TimeProvider clock)
{
    /// <summary>Larger bodies are no policies: RFC 8461 §3.3 suggests this limit.</summary>
    public const int MaxBody = 64 * 1024;

    // Request, headers and body together: RFC 8461 §3.3, reliability.md I-R7.
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(60);

    /// <summary>The policy that the domain serves now, or why there is none. Throws only when cancelled.</summary>
    public async ValueTask<StsFetch> FetchAsync(string domain, CancellationToken cancel)
    {
        using var deadline = new CancellationTokenSource(TotalTimeout, clock);
        using var either = CancellationTokenSource.CreateLinkedTokenSource(deadline.Token, cancel);
        try
        {
            return await FetchOnceAsync(domain, either.Token);
        }
        catch (HttpRequestException e)
        {
            var isCertificate = e.HttpRequestError == HttpRequestError.SecureConnectionError;
            return Failed(
                isCertificate ? StsTrouble.Certificate : StsTrouble.NotFetched, e.GetBaseException().Message);
        }
        catch (IOException e)
        {
            return Failed(StsTrouble.NotFetched, e.GetBaseException().Message);
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Failed(StsTrouble.NotFetched, "no whole answer in time");
        }
    }

    private async ValueTask<StsFetch> FetchOnceAsync(string domain, CancellationToken cancel)
    {
        var address = new Uri($"https://mta-sts.{domain}/.well-known/mta-sts.txt");
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        using var response = await http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, cancel);
        // RFC 8461 §3.3: only 200 counts, redirects are not followed.
        if (response.StatusCode != HttpStatusCode.OK)
            return Failed(StsTrouble.NotFetched, $"the server answered {(int)response.StatusCode}");
        if (response.Content.Headers.ContentType?.MediaType is not { } type
            || !type.Equals("text/plain", StringComparison.OrdinalIgnoreCase))
        {
            return Failed(StsTrouble.Invalid, "the policy is not text/plain");
        }
        if (await ReadAsync(response.Content, cancel) is not { } body)
            return Failed(StsTrouble.Invalid, "the policy is larger than 64 KiB");
        return StsPolicyParser.TryParse(body.Span, out var policy, out var why)
            ? new StsFetch.Fetched(policy, body)
            : Failed(StsTrouble.Invalid, why);
    }

    private static async ValueTask<ReadOnlyMemory<byte>?> ReadAsync(HttpContent content, CancellationToken cancel)
    {
        var body = new byte[MaxBody + 1];
        await using var stream = await content.ReadAsStreamAsync(cancel);
        var length = await stream.ReadAtLeastAsync(body, body.Length, throwOnEndOfStream: false, cancel);
        return length > MaxBody ? null : body.AsMemory(0, length).ToArray();
    }

    private static StsFetch.Failed Failed(StsTrouble trouble, string why) => new(trouble, why);
}

/// <summary>What came of fetching a policy.</summary>
internal abstract record StsFetch
{
    private StsFetch() { } // closed: every case is below

    /// <summary>A valid policy.</summary>
    /// <param name="Policy">What it says.</param>
    /// <param name="Body">As it was served, at most <see cref="StsFetcher.MaxBody"/> bytes.</param>
    public sealed record Fetched(StsPolicy Policy, ReadOnlyMemory<byte> Body) : StsFetch;

    /// <summary>None.</summary>
    /// <param name="Trouble">Of which kind.</param>
    /// <param name="Why">In a few words.</param>
    public sealed record Failed(StsTrouble Trouble, string Why) : StsFetch;
}

/// <summary>Why a policy could not be had: the policy failures of RFC 8460 §4.3.2.2.</summary>
internal enum StsTrouble : byte
{
    /// <summary>No connection, no answer, another status than 200: <c>sts-policy-fetch-error</c>.</summary>
    NotFetched,

    /// <summary>What was served is no policy: <c>sts-policy-invalid</c>.</summary>
    Invalid,

    /// <summary>The certificate of the policy host does not verify: <c>sts-webpki-invalid</c>.</summary>
    Certificate,
}
