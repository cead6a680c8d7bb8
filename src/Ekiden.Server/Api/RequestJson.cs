using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using System.Text.RegularExpressions;
using Ekiden.Contracts;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Reads a request's JSON strictly: unknown, repeated and mistyped fields are errors with a pointer
/// (E-R7).</summary>
internal static partial class RequestJson
{
    /// <summary>The value, or the problem to answer with; exactly one is null.</summary>
    public static async Task<(T? Value, IResult? Problem)> ReadAsync<T>(HttpContext http, JsonTypeInfo<T> type)
        where T : class
    {
        if (CheckMediaType(http) is { } wrong) return (null, wrong);
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestMessage);
        return bytes is null ? (null, problem) : Parse(bytes.Value.Span, type);
    }

    /// <summary>A media type that is not JSON is a problem; none at all is taken for JSON.</summary>
    public static IResult? CheckMediaType(HttpContext http) =>
        http.Request.ContentType is null || http.Request.HasJsonContentType()
            ? null
            : Problems.Of(415, "invalid_request", "Expected application/json");

    /// <summary>The value, or the problem to answer with; exactly one is null.</summary>
    public static (T? Value, IResult? Problem) Parse<T>(ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        var (value, error, isValueWrong) = TryParse(json, type);
        return error is null
            ? (value, null)
            : (null, isValueWrong
                ? Problems.Invalid(error.Pointer, error.Code, error.Detail)
                : Problems.Of(400, error.Code, error.Detail, error));
    }

    /// <summary>
    /// The value, or what is wrong with it; the shape (400), or with <c>IsValueWrong</c> a text that is none (422).
    /// </summary>
    public static (T? Value, ProblemError? Error, bool IsValueWrong) TryParse<T>(
        ReadOnlySpan<byte> json, JsonTypeInfo<T> type)
        where T : class
    {
        try
        {
            var value = JsonSerializer.Deserialize(json, type);
            return value is null
                ? (null, new ProblemError("", "invalid_request", "The body is null"), false)
                : (value, null, false);
        }
        catch (JsonException wrong)
        {
            var isLoneSurrogate =
                wrong.InnerException?.Message.Contains("UTF-16 JSON text", StringComparison.Ordinal) == true;
            var detail = isLoneSurrogate ? "A lone surrogate" : Sentence(wrong); // E-R1
            return (null, new ProblemError(ToPointer(wrong.Path), "invalid_request", detail), isLoneSurrogate);
        }
    }

    // System.Text.Json writes JSONPath ($.to[0].email, $.headers['X-A']); RFC 6901 wants /to/0/email.
    private static string ToPointer(string? path) => Steps().Replace((path ?? "$")[1..], static step =>
        "/" + Sending.Pointer.Escape(step.Groups.Values.Skip(1).First(group => group.Success).Value));

    [GeneratedRegex(@"\['((?:[^'\\]|\\.)*)'\]|\[(\d+)\]|\.([^.\[]+)", RegexOptions.None, 1000)]
    private static partial Regex Steps();

    // The first sentence: the rest names .NET types.
    private static string Sentence(JsonException wrong)
    {
        var text = wrong.Message.Split(" Path:")[0];
        return text.Contains("Ekiden.Contracts", StringComparison.Ordinal)
            || text.Contains("System.", StringComparison.Ordinal)
            ? "The field is unknown, or not of this type" : text;
    }
}
