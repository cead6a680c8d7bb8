using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Server.Api.Sending;
using Ekiden.Submission.Templates;

namespace Ekiden.Server.Batches;

/// <summary>Puts a stored template in the place of subject, text and HTML.</summary>
internal sealed class TemplateUse(TemplateStore store)
{
    private static readonly JsonElement NoData = JsonElement.Parse("{}");

    /// <summary>The request with the template's parts, not filled; null, and errors, when there is none.</summary>
    public SendMessageRequest? Expand(SendMessageRequest request, string account, string prefix, FieldErrors errors)
    {
        if (request.Template is not { } use) return request;
        if (request.Subject is not null || request.Text is not null || request.Html is not null)
            errors.Add(prefix + "/template", "A template stands instead of subject, text and html");
        var found = store.Find(account, use.Id)?.Get(use.Version);
        if (found is null)
            errors.Add(prefix + "/template/id", "template_error", "There is no such template or version");
        return found is not var (_, version) || !errors.IsEmpty ? null : request with
        {
            Template = null,
            Subject = version.Subject,
            Text = version.Text,
            Html = version.Html,
        };
    }

    /// <summary>The request with the template's parts, filled; null, and errors, when that cannot be.</summary>
    public async ValueTask<SendMessageRequest?> FillAsync(
        SendMessageRequest request, string account, FieldErrors errors)
    {
        if (request.Template is not { } use) return request;
        if (Expand(request, account, "", errors) is not { } expanded) return null;
        var (template, _) = MailTemplate.Parse(expanded.Subject, expanded.Text, expanded.Html);
        var (mail, problem) = await template!.RenderAsync(use.Data ?? NoData); // was parsed when it was stored
        if (mail is not null)
            return expanded with { Subject = mail.Subject, Text = mail.Text, Html = mail.Html };
        errors.Add("/template/data", "template_error", $"{problem!.Part}: {problem.Why}"); // exactly one is null
        return null;
    }
}
