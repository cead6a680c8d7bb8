using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Directory.Idempotency;
using Ekiden.Mail;
using Ekiden.Server.Api.Sending;
using Ekiden.Server.Batches;
using Ekiden.Submission.Composition;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Sending: one request is one complete instruction (api.md §2).</summary>
internal sealed class MessageEndpoints(
    MessageSender sender, Repetitions repetitions, TemplateUse templates, TimeProvider clock)
{
    public void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/messages", Access.Handler(SendAsync)).ForKeysWith(KeyScopes.Send);
        routes.MapPost("/messages/validate", Access.Handler(ValidateAsync)).ForKeysWith(KeyScopes.Send);
    }

    private async Task<IResult> SendAsync(HttpContext http)
    {
        if (RequestJson.CheckMediaType(http) is { } notJson) return notJson;
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestMessage);
        if (bytes is not { } body) return problem!; // ReadAsync returns exactly one of the two
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        return await repetitions.OnceAsync(http, account, body, claim => SendAsync(http, account, body, claim));
    }

    private async Task<IResult> SendAsync(
        HttpContext http, string account, ReadOnlyMemory<byte> body, RequestClaim? claim)
    {
        var (message, wrong) = await ReadAsync(body, account);
        if (message is null) return wrong!; // ReadAsync returns exactly one of the two
        return await sender.SendAsync(http, Outgoing(message), message, account, claim);
    }

    private async Task<IResult> ValidateAsync(HttpContext http)
    {
        if (RequestJson.CheckMediaType(http) is { } notJson) return notJson;
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestMessage);
        if (bytes is not { } body) return problem!; // ReadAsync returns exactly one of the two
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        var (message, wrong) = await ReadAsync(body, account);
        return message is null
            ? wrong! // ReadAsync returns exactly one of the two
            : await sender.ValidateAsync(http, Outgoing(message), message, account);
    }

    private async ValueTask<(ReadMessage? Message, IResult? Problem)> ReadAsync(
        ReadOnlyMemory<byte> body, string account)
    {
        var (request, problem) = RequestJson.Parse(body.Span, ApiJson.Default.SendMessageRequest);
        if (request is null) return (null, problem);
        var errors = new FieldErrors();
        if (await templates.FillAsync(request, account, errors) is not { } filled) return (null, errors.ToProblem());
        return new SendRequestReader(filled, clock.GetUtcNow(), errors).Read() is { } message
            ? (message, null)
            : (null, errors.ToProblem());
    }

    private static OutgoingMail Outgoing(ReadMessage message) => new(
        MailComposer.Compose(message.Parts),
        new Envelope(
            message.EnvelopeFrom, [.. message.Recipients.Select(to => new EnvelopeRecipient(to.Address))])
        {
            SmtpUtf8 = message.Recipients.Any(to => to.Address.NeedsSmtpUtf8)
                || message.EnvelopeFrom.NeedsSmtpUtf8 || message.Parts.NeedsSmtpUtf8,
            RequireTls = message.RequireTls,
        });
}
