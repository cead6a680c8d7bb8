using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ekiden.Contracts;

namespace Ekiden.Cli.Api;

/// <summary>
/// Asks the API of a running server. Trouble of any kind comes back as a problem, never as an exception.
/// </summary>
internal sealed class EkidenApiClient(HttpClient http, string token) : IDisposable
{
    /// <summary>Whose mail it is, where the token is the operator's: <c>X-Ekiden-Account</c>.</summary>
    public string? Account { get; init; }

    /// <summary>Asks for something.</summary>
    public Task<ApiResult<T>> GetAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        SendAsync(HttpMethod.Get, path, null, type, cancel);

    /// <summary>Asks for something to be done.</summary>
    public Task<ApiResult<T>> SendAsync<TRequest, T>(
        HttpMethod method, string path, (TRequest Value, JsonTypeInfo<TRequest> Type) request, JsonTypeInfo<T> type,
        CancellationToken cancel) =>
        SendAsync(method, path, JsonSerializer.Serialize(request.Value, request.Type), type, cancel);

    /// <summary>Asks for something to be done that needs no words.</summary>
    public Task<ApiResult<T>> PostAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        SendAsync(HttpMethod.Post, path, null, type, cancel);

    /// <summary>Hands in text as it is.</summary>
    public Task<ApiResult<T>> SendTextAsync<T>(
        HttpMethod method, string path, string text, JsonTypeInfo<T> type, CancellationToken cancel) =>
        SendAsync(method, path, text, type, cancel);

    /// <summary>Asks for text that is no JSON.</summary>
    public async Task<ApiResult<string>> GetTextAsync(string path, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (Account is not null) request.Headers.Add("X-Ekiden-Account", Account);
        try
        {
            using var response = await http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            return response.IsSuccessStatusCode
                ? new ApiResult<string>.Done(text)
                : new ApiResult<string>.Failed(ReadProblem(response, text));
        }
        catch (HttpRequestException trouble)
        {
            // every client has one
            return new ApiResult<string>.Failed(Problems.NotRunning(http.BaseAddress!, trouble.Message));
        }
    }

    /// <summary>Asks for something to be removed.</summary>
    public Task<ApiResult<T>> DeleteAsync<T>(string path, JsonTypeInfo<T> type, CancellationToken cancel) =>
        SendAsync(HttpMethod.Delete, path, null, type, cancel);

    /// <summary>Reads a stream of server-sent events until it ends, and goes on where it was when it breaks.</summary>
    /// <param name="path">Where the stream is.</param>
    /// <param name="show">Gets the data of each event.</param>
    /// <returns>Why it cannot go on.</returns>
    public async Task<Problem> FollowAsync(string path, Action<string> show, CancellationToken cancel)
    {
        string? last = null;
        while (true)
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, path);
            request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
            if (Account is not null) request.Headers.Add("X-Ekiden-Account", Account);
            if (last is not null) request.Headers.Add("Last-Event-ID", last);
            try
            {
                using var response = await http.SendAsync(
                    request, HttpCompletionOption.ResponseHeadersRead, cancel);
                if (!response.IsSuccessStatusCode)
                    return ReadProblem(response, await response.Content.ReadAsStringAsync(cancel));
                await using var stream = await response.Content.ReadAsStreamAsync(cancel);
                using var lines = new StreamReader(stream);
                while (await lines.ReadLineAsync(cancel) is { } line)
                {
                    if (line.StartsWith("id: ", StringComparison.Ordinal)) last = line[4..];
                    if (line.StartsWith("data: ", StringComparison.Ordinal)) show(line[6..]);
                }
                return Problems.NotRunning(http.BaseAddress!, "the stream ended"); // every client has one
            }
            catch (HttpIOException) when (last is not null)
            {
                // The connection broke in the middle: on from the last event that was shown.
            }
            catch (Exception trouble) when (trouble is HttpRequestException or IOException)
            {
                return Problems.NotRunning(http.BaseAddress!, trouble.Message); // every client has one
            }
        }
    }

    public void Dispose() => http.Dispose();

    private async Task<ApiResult<T>> SendAsync<T>(
        HttpMethod method, string path, string? body, JsonTypeInfo<T> type, CancellationToken cancel)
    {
        using var request = new HttpRequestMessage(method, path);
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        if (Account is not null) request.Headers.Add("X-Ekiden-Account", Account);
        if (body is not null) request.Content = new StringContent(body, Encoding.UTF8, "application/json");
        try
        {
            using var response = await http.SendAsync(request, cancel);
            var text = await response.Content.ReadAsStringAsync(cancel);
            return response.IsSuccessStatusCode
                ? Read(text, type)
                : new ApiResult<T>.Failed(ReadProblem(response, text));
        }
        catch (HttpRequestException trouble)
        {
            // every client has one
            return new ApiResult<T>.Failed(Problems.NotRunning(http.BaseAddress!, trouble.Message));
        }
        catch (TaskCanceledException) when (!cancel.IsCancellationRequested)
        {
            // every client has one
            return new ApiResult<T>.Failed(Problems.NotRunning(http.BaseAddress!, "no answer in time"));
        }
    }

    private ApiResult<T> Read<T>(string text, JsonTypeInfo<T> type)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, type) is { } value) return new ApiResult<T>.Done(value);
        }
        catch (JsonException)
        {
            // Said below: whatever it is, it is no answer of ours.
        }
        return new ApiResult<T>.Failed(Problems.NotEkiden(http.BaseAddress!)); // every client has one
    }

    private Problem ReadProblem(HttpResponseMessage response, string text)
    {
        try
        {
            if (JsonSerializer.Deserialize(text, ApiJson.Default.Problem) is { } problem) return problem;
        }
        catch (JsonException)
        {
            // Said below: an error page of a proxy, perhaps.
        }
        return Problems.NotEkiden(http.BaseAddress!) with { Status = (int)response.StatusCode }; // every client has one
    }
}
