using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ekiden.Contracts;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Reads a request's JSON strictly: unknown, repeated and mistyped fields are errors with a pointer
/// (E-R7).</summary>
internal static class RequestJson
{
    /// <summary>The value, or the problem to answer with; exactly one is null.</summary>
    public static async Task<(T? Value, IResult? Problem)> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        if (http.Request.ContentType is not null && !http.Request.HasJsonContentType())
            return (null, Problems.Of(415, "invalid_request", "Expected application/json"));
        if (http.Request.Headers.ContentEncoding.Count > 0)
            return (null, Problems.Of(415, "invalid_request", "A compressed body is not accepted"));
        try
        {
            var value = await JsonSerializer.DeserializeAsync(http.Request.Body, type, http.RequestAborted);
            return value is null ? (null, Wrong("", "The body is null")) : (value, null);
        }
        catch (JsonException wrong)
        {
            var isLoneSurrogate = wrong.InnerException?.Message.Contains("UTF-16 JSON text", StringComparison.Ordinal);
            return (null, isLoneSurrogate == true
                ? Problems.Invalid(ToPointer(wrong.Path), "invalid_request", "A lone surrogate") // E-R1
                : Wrong(ToPointer(wrong.Path), Sentence(wrong)));
        }
        catch (BadHttpRequestException tooLarge) when (tooLarge.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return (null, Problems.Of(413, "message_too_large", "The request body is larger than this server takes"));
        }
    }

    private static IResult Wrong(string pointer, string detail) =>
        Problems.Of(400, "invalid_request", detail, new ProblemError(pointer, "invalid_request", detail));

    // System.Text.Json writes JSONPath ($.to[0].email); RFC 6901 wants /to/0/email.
    private static string ToPointer(string? path) =>
        (path ?? "$")[1..].Replace('.', '/').Replace("[", "/", StringComparison.Ordinal)
            .Replace("]", "", StringComparison.Ordinal);

    // The first sentence: the rest names .NET types.
    private static string Sentence(JsonException wrong)
    {
        var text = wrong.Message.Split(" Path:")[0];
        return text.Contains("Ekiden.Contracts", StringComparison.Ordinal)
            ? "The field is unknown, or not of this type" : text;
    }
}
