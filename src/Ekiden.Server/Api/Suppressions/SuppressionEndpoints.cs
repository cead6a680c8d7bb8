using System.Globalization;
using System.Text;
using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Directory.Suppressions;
using Ekiden.Events;
using Ekiden.Mail;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api.Suppressions;

/// <summary>
/// Who must not be mailed: list, add, remove, import, export, undo (api.md §3). A key changes its account's list; the
/// operator the one it names, or that of the installation.
/// </summary>
internal sealed class SuppressionEndpoints(
    SuppressionList list, EventLog events, AccountDirectory directory, TimeProvider clock)
{
    private const int MostTogether = 10_000;
    private const int UsualPage = 50;
    private const int LargestPage = 1000;
    private const int MostErrors = 100;

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/suppressions", Access.Handler(ListAsync)).ForKeysWith(KeyScopes.Suppressions);
        routes.MapPut("/suppressions", Access.Handler(AddAsync)).ForKeysWith(KeyScopes.Suppressions);
        routes.MapDelete("/suppressions/{email}", RemoveAsync).ForKeysWith(KeyScopes.Suppressions);
        routes.MapPost("/suppressions/import", Access.Handler(ImportAsync)).ForKeysWith(KeyScopes.Suppressions);
        routes.MapGet("/suppressions/export", Access.Handler(ExportAsync)).ForKeysWith(KeyScopes.Suppressions);
        routes.MapPost("/suppressions/undo", Access.Handler(UndoAsync)).ForAdmins();
    }

    private Task<IResult> ListAsync(HttpContext http)
    {
        var (filter, wrong) = ReadFilter(http, "limit", "cursor");
        if (filter is null) return Task.FromResult(Wrong(wrong));
        var limit = UsualPage;
        if (http.Request.Query["limit"].ToString() is { Length: > 0 } text
            && (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out limit)
                || limit is < 1 or > LargestPage))
        {
            return Task.FromResult(Wrong("limit"));
        }
        if (!SuppressionCursor.TryRead(http.Request.Query["cursor"], out var after))
            return Task.FromResult(Wrong("cursor"));
        var found = list.Read(filter, after, limit + 1);
        var hasMore = found.Count > limit;
        var page = found.Take(limit).ToList();
        return Task.FromResult(Results.Json(
            new Page<SuppressionResponse>(
                [.. page.Select(ToResponse)], hasMore ? SuppressionCursor.Of(page[^1]) : null, hasMore),
            ApiJson.Default.PageSuppressionResponse));
    }

    // One entry, or an array of them.
    private async Task<IResult> AddAsync(HttpContext http)
    {
        if (RequestJson.CheckMediaType(http) is { } media) return media;
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestMessage);
        if (bytes is null) return problem!; // ReadAsync returns exactly one of the two
        var isMany = bytes.Value.Span.TrimStart(" \t\r\n"u8).StartsWith("["u8);
        IReadOnlyList<SuppressionRequest> entries;
        if (isMany)
        {
            var (many, wrong) = RequestJson.Parse(bytes.Value.Span, ApiJson.Default.IReadOnlyListSuppressionRequest);
            if (many is null) return wrong!; // Parse returns exactly one of the two
            entries = many;
        }
        else
        {
            var (one, wrong) = RequestJson.Parse(bytes.Value.Span, ApiJson.Default.SuppressionRequest);
            if (one is null) return wrong!; // Parse returns exactly one of the two
            entries = [one];
        }
        if (entries.Count > MostTogether) return Problems.Invalid("", "invalid_request", $"At most {MostTogether}");
        var added = new List<Suppression>();
        for (var place = 0; place < entries.Count; place++)
        {
            var (entry, field) = ToSuppression(http, entries[place], "api");
            var pointer = isMany ? $"/{place}/{field}" : $"/{field}";
            var code = field == "email" ? "invalid_address" : "invalid_request";
            if (entry is null) return Problems.Invalid(pointer, code, $"{field} cannot be read");
            added.Add(entry);
        }
        await AddAsync(added, http.RequestAborted);
        return Changed(new SuppressionChangeResponse(added.Count, 0, 0, []));
    }

    private async Task<IResult> RemoveAsync(HttpContext http, string email)
    {
        var (filter, wrong) = ReadFilter(http);
        if (filter is null) return Wrong(wrong);
        if (!Mailbox.TryParse(email, out var mailbox)) return Problems.NotFound;
        var removed = await TakeOffAsync(filter with { Email = mailbox.SuppressionKey }, http.RequestAborted);
        return removed == 0 ? Problems.NotFound : Changed(new SuppressionChangeResponse(0, removed, 0, []));
    }

    private async Task<IResult> ImportAsync(HttpContext http)
    {
        var kind = http.Request.Query["kind"].ToString() is { Length: > 0 } word ? word : "manual";
        if (!SuppressionKinds.TryParse(kind, out _)) return Wrong("kind");
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestMessage);
        if (bytes is null) return problem!; // ReadAsync returns exactly one of the two
        var (read, errors, rejected) = (new List<Suppression>(), new List<ProblemError>(), 0);
        foreach (var (line, request) in SuppressionFile.Read(Encoding.UTF8.GetString(bytes.Value.Span), kind))
        {
            var (entry, field) = ToSuppression(http, request, "import");
            if (entry is not null)
            {
                read.Add(entry);
                continue;
            }
            rejected++;
            if (errors.Count < MostErrors)
                errors.Add(new ProblemError($"/{line}/{field}", "invalid_request", $"Line {line}: {field}"));
        }
        list.Add(read); // an import is no news: its people were told elsewhere
        return Changed(new SuppressionChangeResponse(read.Count, 0, rejected, errors));
    }

    private async Task<IResult> ExportAsync(HttpContext http)
    {
        var (filter, wrong) = ReadFilter(http, "format");
        if (filter is null) return Wrong(wrong);
        var isJson = http.Request.Query["format"].ToString() == "ndjson";
        http.Response.ContentType = isJson ? "application/x-ndjson" : "text/csv; charset=utf-8";
        await using var output = new StreamWriter(http.Response.Body, new UTF8Encoding(false));
        if (!isJson) await output.WriteAsync(SuppressionCsv.Header);
        Suppression? after = null;
        while (true)
        {
            var page = list.Read(filter, after, LargestPage);
            foreach (var one in page)
            {
                await output.WriteAsync(isJson
                    ? JsonSerializer.Serialize(ToResponse(one), ApiJson.Default.SuppressionResponse) + "\n"
                    : SuppressionCsv.Line(one));
            }
            if (page.Count < LargestPage) return Results.Empty;
            after = page[^1];
        }
    }

    private async Task<IResult> UndoAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.UndoSuppressionsRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        var removed = 0;
        // Bounces only: a complaint or an unsubscription is nobody's bad day.
        foreach (var kind in new[] { SuppressionKind.HardBounce, SuppressionKind.SoftBounce })
        {
            removed += await TakeOffAsync(
                new SuppressionFilter
                {
                    Kind = kind,
                    Provider = request.Provider,
                    From = request.From,
                    Until = request.To,
                    Account = http.Caller().Account,
                },
                http.RequestAborted);
        }
        return Changed(new SuppressionChangeResponse(0, removed, 0, []));
    }

    private async Task AddAsync(List<Suppression> entries, CancellationToken cancel)
    {
        list.Add(entries);
        await events.AppendAsync([.. entries.Select(one => NewEvent(EventType.SuppressionCreated, one))], cancel);
    }

    private async Task<int> TakeOffAsync(SuppressionFilter filter, CancellationToken cancel)
    {
        var removed = list.Remove(filter);
        await events.AppendAsync([.. removed.Select(one => NewEvent(EventType.SuppressionRemoved, one))], cancel);
        return removed.Count;
    }

    private static NewEvent NewEvent(EventType type, Suppression one) =>
        new(type, one.Account.Length > 0 ? one.Account : null)
        {
            Recipient = one.Email,
            Stream = one.Stream,
            ExtraJson = JsonSerializer.Serialize(
                new Dictionary<string, string> { ["kind"] = one.Kind.Word(), ["source"] = one.Source }),
        };

    private (Suppression? Entry, string Wrong) ToSuppression(
        HttpContext http, SuppressionRequest request, string source)
    {
        if (!Mailbox.TryParse(request.Email, out var mailbox)) return (null, "email");
        if (!SuppressionKinds.TryParse(request.Kind ?? "manual", out var kind)) return (null, "kind");
        var now = clock.GetUtcNow();
        return (new Suppression
        {
            Email = mailbox.SuppressionKey,
            Account = http.Caller().Account ?? "",
            Stream = request.Stream,
            ListId = request.ListId,
            Kind = kind,
            Source = source,
            ReasonText = request.Reason is { } text ? SafeText.Of(text) : null,
            FirstAt = request.FirstAt ?? now,
            LastAt = request.FirstAt ?? now,
            ExpiresAt = request.ExpiresAt,
            CreatedBy = http.Caller().Name,
        }, "");
    }

    // A key's own account, whatever it asks for (K-R5).
    private (SuppressionFilter? Filter, string Wrong) ReadFilter(HttpContext http, params string[] others)
    {
        var query = http.Request.Query;
        foreach (var (name, values) in query)
        {
            var isKnown = name is "email" or "kind" or "stream" or "list_id" or "account" || others.Contains(name);
            if (!isKnown || values.Count != 1) return (null, name);
        }
        var caller = http.Caller();
        var filter = new SuppressionFilter
        {
            Account = caller.IsAdmin ? AccountOf(query) ?? caller.Account : caller.Account ?? "",
            Stream = Value(query, "stream"),
            ListId = Value(query, "list_id"),
        };
        if (Value(query, "email") is { } email)
        {
            if (!Mailbox.TryParse(email, out var mailbox)) return (null, "email");
            filter = filter with { Email = mailbox.SuppressionKey };
        }
        if (Value(query, "kind") is { } word)
        {
            if (!SuppressionKinds.TryParse(word, out var kind)) return (null, "kind");
            filter = filter with { Kind = kind };
        }
        return (filter, "");
    }

    private string? AccountOf(IQueryCollection query) => Value(query, "account") is { } name
        ? directory.Current.FindAccount(name)?.Id ?? name
        : null;

    private static SuppressionResponse ToResponse(Suppression one) => new(
        one.Email, one.Kind.Word(),
        new SuppressionScopeResponse(one.Account.Length > 0 ? one.Account : null, one.Stream, one.ListId),
        one.Source, new SuppressionReasonResponse(one.ReasonCode, one.ReasonEnhanced, one.ReasonText), one.ErrorCount,
        one.FirstAt, one.LastAt, one.ExpiresAt, one.CreatedBy);

    private static IResult Changed(SuppressionChangeResponse response) =>
        Results.Json(response, ApiJson.Default.SuppressionChangeResponse);

    private static IResult Wrong(string name) =>
        Problems.Invalid("/" + name, "invalid_request", $"{name} is unknown or unreadable");

    private static string? Value(IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } text ? text : null;
}
