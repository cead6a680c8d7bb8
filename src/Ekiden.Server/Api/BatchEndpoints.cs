using System.Runtime.CompilerServices;
using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Directory.Idempotency;
using Ekiden.Server.Batches;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>One mail to many in one request: JSON, or NDJSON streamed to millions (api.md §2).</summary>
internal sealed class BatchEndpoints(BatchUpload upload, Repetitions repetitions)
{
    private const int MostInJson = 10_000;
    private static readonly string[] StreamedTypes =
        ["application/x-ndjson", "application/ndjson", "application/jsonl", "application/x-jsonlines"];

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/batches", Access.Handler(SendAsync)).ForKeysWith(KeyScopes.Send);

    private Task<IResult> SendAsync(HttpContext http)
    {
        var type = http.Request.ContentType?.Split(';')[0].Trim() ?? "";
        return StreamedTypes.Contains(type, StringComparer.OrdinalIgnoreCase)
            ? SendStreamAsync(http)
            : SendJsonAsync(http);
    }

    private async Task<IResult> SendJsonAsync(HttpContext http)
    {
        if (RequestJson.CheckMediaType(http) is { } notJson) return notJson;
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestBatch);
        if (bytes is not { } body) return problem!; // ReadAsync returns exactly one of the two
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        return await repetitions.OnceAsync(http, account, body, claim => SendJsonAsync(http, body, claim));
    }

    private async Task<IResult> SendJsonAsync(HttpContext http, ReadOnlyMemory<byte> body, RequestClaim? claim)
    {
        var (request, problem) = RequestJson.Parse(body.Span, ApiJson.Default.SendBatchRequest);
        if (request is null) return problem!; // Parse returns exactly one of the two
        if (request.Recipients is null or [])
            return Problems.Invalid("/recipients", "invalid_request", "At least one recipient");
        if (request.Recipients.Count > MostInJson)
        {
            return Problems.Invalid(
                "/recipients", "too_many_recipients", $"At most {MostInJson} in JSON; NDJSON takes millions");
        }
        return await upload.TakeAsync(
            http, request with { Recipients = null }, Lines(request.Recipients), "/defaults", claim);
    }

    // The body is compared by nothing: it is not read before it is known whether it has been.
    private async Task<IResult> SendStreamAsync(HttpContext http)
    {
        var (stream, problem) = RequestBody.Open(http, long.MaxValue);
        if (stream is null) return problem!; // Open returns exactly one of the two
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        return await repetitions.OnceAsync(http, account, [], claim => SendStreamAsync(http, stream, claim));
    }

    private async Task<IResult> SendStreamAsync(HttpContext http, Stream stream, RequestClaim? claim)
    {
        await using var lines = new BatchLines(stream);
        byte[]? first;
        try
        {
            first = await lines.ReadAsync(http.RequestAborted);
        }
        catch (InvalidDataException broken)
        {
            return Problems.Of(400, "invalid_request", broken.Message);
        }
        if (first is null) return Problems.Of(400, "invalid_request", "The first line is the mail");
        var (header, prefix, wrong) = ReadFirst(first);
        return header is null
            ? wrong! // ReadFirst returns exactly one of the two
            : await upload.TakeAsync(http, header, ReadAllAsync(lines, http.RequestAborted), prefix, claim);
    }

    // The first line is the whole request without its recipients, or the mail alone.
    private static (SendBatchRequest? Header, string Prefix, IResult? Problem) ReadFirst(byte[] line)
    {
        if (HasDefaults(line))
        {
            var (request, problem) = RequestJson.Parse(line, ApiJson.Default.SendBatchRequest);
            return request is { Recipients.Count: > 0 }
                ? (null, "", Problems.Invalid("/recipients", "invalid_request", "Recipients have lines of their own"))
                : (request, "/defaults", problem);
        }
        var (defaults, wrong) = RequestJson.Parse(line, ApiJson.Default.SendMessageRequest);
        return defaults is null
            ? (null, "", wrong)
            : (new SendBatchRequest { Defaults = defaults, SendAt = defaults.SendAt, QuietHours = defaults.QuietHours },
                "", null);
    }

    private static bool HasDefaults(byte[] line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            if (!reader.Read() || reader.TokenType != JsonTokenType.StartObject) return false;
            while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
            {
                if (reader.ValueTextEquals("defaults"u8)) return true;
                reader.Read();
                reader.Skip();
            }
            return false;
        }
        catch (JsonException)
        {
            return false; // told by whoever reads it next
        }
    }

    private static async IAsyncEnumerable<byte[]> Lines(IReadOnlyList<BatchRecipientRequest> recipients)
    {
        foreach (var recipient in recipients)
            yield return JsonSerializer.SerializeToUtf8Bytes(recipient, ApiJson.Default.BatchRecipientRequest);
        await Task.CompletedTask;
    }

    private static async IAsyncEnumerable<byte[]> ReadAllAsync(
        BatchLines lines, [EnumeratorCancellation] CancellationToken cancel)
    {
        while (await lines.ReadAsync(cancel) is { } line) yield return line;
    }
}
