using System.Buffers;
using System.Text.Json;
using Ekiden.Directory;
using Ekiden.Events;
using Ekiden.Mail;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;

namespace Ekiden.Server.Api;

/// <summary>What happened: search, the story of one message, and events as they come (api.md §4).</summary>
internal sealed class EventEndpoints(EventLog log, TimeProvider clock)
{
    private const string NdJson = "application/x-ndjson";
    private const int PageOfStream = 500;

    // Longer than most proxies let a silent connection live.
    private static readonly TimeSpan KeepAlive = TimeSpan.FromSeconds(20);

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/events", Access.Handler(SearchAsync)).ForKeysWith(KeyScopes.Read);
        routes.MapGet("/events/stream", Access.Handler(StreamAsync)).ForKeysWith(KeyScopes.Read);
        routes.MapGet("/messages/{id}/events", TellOfMessage).ForKeysWith(KeyScopes.Read);
    }

    private async Task<IResult> SearchAsync(HttpContext http)
    {
        var (query, wrong) = EventParameters.Read(http.Request.Query, http.Caller());
        if (query is null) return Wrong(wrong);
        if (http.Request.GetTypedHeaders().Accept.Any(type => type.MediaType.Value == NdJson))
        {
            await ExportAsync(http, query);
            return Results.Empty;
        }
        return Page(log.Read(query, http.RequestAborted));
    }

    private IResult TellOfMessage(HttpContext http, string id)
    {
        if (!MessageId.TryParse(id, out var message)) return Problems.NotFound;
        var (query, wrong) = EventParameters.Read(http.Request.Query, http.Caller());
        if (query is null) return Wrong(wrong);
        if (http.Request.Query["order"].Count == 0) query = query with { OldestFirst = true };
        var page = log.Read(query with { Message = message }, http.RequestAborted);
        return page.Events.IsEmpty && query.After is null ? Problems.NotFound : Page(page);
    }

    // Server-sent events: each with its id, so that a client that lost the connection says where it was.
    private async Task<IResult> StreamAsync(HttpContext http)
    {
        var (query, wrong) = EventParameters.Read(http.Request.Query, http.Caller());
        if (query is null) return Wrong(wrong);
        var after = query.After ?? log.LastSequence;
        if (http.Request.Headers["Last-Event-ID"].ToString() is { Length: > 0 } last)
        {
            if (!EventId.TryParse(last, out var id)) return Wrong("Last-Event-ID");
            after = id.Sequence;
        }
        http.Response.ContentType = "text/event-stream";
        await http.Response.WriteAsync(": events of Ekiden\n\n", http.RequestAborted);
        await http.Response.Body.FlushAsync(http.RequestAborted);
        var stopping = http.RequestServices.GetRequiredService<IHostApplicationLifetime>().ApplicationStopping;
        using var end = CancellationTokenSource.CreateLinkedTokenSource(http.RequestAborted, stopping);
        try
        {
            await FollowAsync(http, query with { OldestFirst = true, Limit = PageOfStream }, after, end.Token);
        }
        catch (OperationCanceledException) when (end.IsCancellationRequested)
        {
            // The client has gone, or the server ends: the client comes back and says where it was.
        }
        return Results.Empty;
    }

    private async Task FollowAsync(HttpContext http, EventQuery query, long after, CancellationToken cancel)
    {
        while (true)
        {
            // Asked before the search: what comes meanwhile is found by the next one.
            var newest = log.LastSequence;
            var page = log.Read(query with { After = after }, cancel);
            foreach (var one in page.Events)
            {
                WriteServerSent(http.Response.BodyWriter, one);
                after = one.Id.Sequence;
            }
            if (!page.Events.IsEmpty) await http.Response.BodyWriter.FlushAsync(cancel);
            if (page.HasMore) continue;
            after = Math.Max(after, newest);
            await WaitAsync(http, newest, cancel);
        }
    }

    private async Task WaitAsync(HttpContext http, long newest, CancellationToken cancel)
    {
        var news = log.WaitForNewsAsync(newest, cancel);
        while (true)
        {
            using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
            var silence = Task.Delay(KeepAlive, clock, patience.Token);
            var first = await Task.WhenAny(news, silence);
            await patience.CancelAsync();
            if (first == news)
            {
                await news;
                return;
            }
            cancel.ThrowIfCancellationRequested();
            http.Response.BodyWriter.Write(": still here\n\n"u8);
            await http.Response.BodyWriter.FlushAsync(cancel);
        }
    }

    // Everything that matches, page by page: constant memory whatever there is.
    private async Task ExportAsync(HttpContext http, EventQuery query)
    {
        var isLimited = http.Request.Query["limit"].Count > 0;
        if (!isLimited) query = query with { Limit = PageOfStream };
        http.Response.ContentType = NdJson;
        while (true)
        {
            var page = log.Read(query, http.RequestAborted);
            foreach (var one in page.Events)
            {
                EventJson.Write(http.Response.BodyWriter, one);
                http.Response.BodyWriter.Write("\n"u8);
            }
            await http.Response.BodyWriter.FlushAsync(http.RequestAborted);
            if (isLimited || !page.HasMore) return;
            query = query with { After = page.Events[^1].Id.Sequence };
        }
    }

    private static void WriteServerSent(IBufferWriter<byte> output, EkidenEvent one)
    {
        output.Write(System.Text.Encoding.ASCII.GetBytes($"id: {one.Id}\nevent: {one.Type.Word()}\ndata: "));
        EventJson.Write(output, one);
        output.Write("\n\n"u8);
    }

    private static IResult Page(EventPage page)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes))
        {
            json.WriteStartObject();
            json.WriteStartArray("data");
            foreach (var one in page.Events) EventJson.Write(json, one, hasId: true);
            json.WriteEndArray();
            json.WriteString("next_cursor", page.HasMore ? page.Events[^1].Id.ToString() : null);
            json.WriteBoolean("has_more", page.HasMore);
            json.WriteEndObject();
        }
        return Results.Bytes(bytes.ToArray(), "application/json; charset=utf-8");
    }

    private static IResult Wrong(string name) =>
        Problems.Invalid("/" + name, "invalid_request", $"{name} is unknown or unreadable");
}
