using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Server.Api.Sending;
using Ekiden.Server.Batches;
using Ekiden.Submission.Templates;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Stored templates with versions, and what they look like when they are filled (api.md §7).</summary>
internal sealed class TemplateEndpoints(TemplateStore store)
{
    private const int LongestName = 100;
    private const int LargestPart = 1 << 20;
    private static readonly JsonElement NoData = JsonElement.Parse("{}");

    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/templates", List).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        routes.MapPost("/templates", Access.Handler(AddAsync)).ForKeysWith(KeyScopes.Send);
        routes.MapGet("/templates/{template}", Show).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        routes.MapGet("/templates/{template}/versions", ListVersions).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
        routes.MapPut("/templates/{template}", ChangeAsync).ForKeysWith(KeyScopes.Send);
        routes.MapDelete("/templates/{template}", Remove).ForKeysWith(KeyScopes.Send);
        routes.MapPost("/templates/{template}/render", RenderAsync).ForKeysWith(KeyScopes.Read | KeyScopes.Send);
    }

    private IResult List(HttpContext http) => Page(
        store.Of(AccountOf(http)).Select(template => Describe(template, template.Versions.Length)));

    private async Task<IResult> AddAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.TemplateRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        var errors = new FieldErrors();
        if (request.Name is not { Length: > 0 and <= LongestName } name || FieldErrors.HasControl(name))
        {
            errors.Add("/name", $"1 to {LongestName} characters");
            return errors.ToProblem();
        }
        if (Check(request) is { } wrong) return wrong;
        var added = store.Add(
            account, name, new TemplateVersion(request.Subject, request.Text, request.Html, default));
        return added is null
            ? Problems.Of(409, "taken", $"There is a template {name}")
            : Results.Json(
                Describe(added, 1), ApiJson.Default.TemplateResponse, statusCode: StatusCodes.Status201Created);
    }

    private IResult Show(HttpContext http, string template) => store.Find(AccountOf(http), template) is { } found
        ? Results.Json(Describe(found, found.Versions.Length), ApiJson.Default.TemplateResponse)
        : Problems.NotFound;

    private IResult ListVersions(HttpContext http, string template) =>
        store.Find(AccountOf(http), template) is { } found
            ? Page(Enumerable.Range(1, found.Versions.Length).Reverse().Select(number => Describe(found, number)))
            : Problems.NotFound;

    private async Task<IResult> ChangeAsync(HttpContext http, string template)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.TemplateRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (store.Find(AccountOf(http), template) is not { } found) return Problems.NotFound;
        if (request.Name is { } name && name != found.Name)
            return Problems.Invalid("/name", "invalid_request", "A template keeps its name");
        if (Check(request) is { } wrong) return wrong;
        var changed = store.AddVersion(
            found, new TemplateVersion(request.Subject, request.Text, request.Html, default));
        return Results.Json(Describe(changed, changed.Versions.Length), ApiJson.Default.TemplateResponse);
    }

    private IResult Remove(HttpContext http, string template)
    {
        if (store.Find(AccountOf(http), template) is not { } found) return Problems.NotFound;
        store.Remove(found);
        return Results.NoContent();
    }

    private async Task<IResult> RenderAsync(HttpContext http, string template)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.RenderRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (store.Find(AccountOf(http), template)?.Get(request.Version) is not var (_, version))
            return Problems.NotFound;
        var (parsed, _) = MailTemplate.Parse(version.Subject, version.Text, version.Html);
        var (mail, wrong) = await parsed!.RenderAsync(request.Data ?? NoData); // was parsed when it was stored
        return mail is null
            ? Problems.Invalid("/data", "template_error", $"{wrong!.Part}: {wrong.Why}") // exactly one is null
            : Results.Json(new RenderResponse(mail.Subject, mail.Text, mail.Html), ApiJson.Default.RenderResponse);
    }

    private static IResult? Check(TemplateRequest request)
    {
        var errors = new FieldErrors();
        if (request.Text is null && request.Html is null) errors.Add("/text", "A template needs text or html");
        foreach (var (pointer, part) in
            new[] { ("/subject", request.Subject), ("/text", request.Text), ("/html", request.Html) })
        {
            if (part?.Length > LargestPart) errors.Add(pointer, $"At most {LargestPart} characters");
        }
        if (!errors.IsEmpty) return errors.ToProblem();
        var (template, problem) = MailTemplate.Parse(request.Subject, request.Text, request.Html);
        return template is null
            ? Problems.Invalid("/" + problem!.Part, "template_error", problem.Why) // exactly one is null
            : null;
    }

    // The operator sees everybody's, unless it names one.
    private static string? AccountOf(HttpContext http) =>
        http.Caller() is { IsAdmin: true, Account: null } ? null : http.Caller().Account ?? "";

    private static TemplateResponse Describe(StoredTemplate template, int number)
    {
        var version = template.Versions[number - 1];
        return new TemplateResponse(
            template.Id, template.Name, number, version.Subject, version.Text, version.Html, version.CreatedAt);
    }

    private static IResult Page(IEnumerable<TemplateResponse> templates) => Results.Json(
        new Page<TemplateResponse>([.. templates], null, false), ApiJson.Default.PageTemplateResponse);
}
