using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Directory.Idempotency;
using Ekiden.Mail;
using Ekiden.Server.Api.Sending;
using Ekiden.Submission.Composition;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Finished messages by HTTP: <c>message/rfc822</c>, or JSON with the message as text (api.md §2).</summary>
internal sealed class RawMessageEndpoints(MessageSender sender, Repetitions repetitions)
{
    private const string MediaType = "message/rfc822";
    private const string FromHeader = "X-Ekiden-Envelope-From";
    private const string ToHeader = "X-Ekiden-Envelope-To";
    private const int MaximumRecipients = 1_000;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/messages/raw", Access.Handler(SendAsync)).ForKeysWith(KeyScopes.Send | KeyScopes.SendRaw);

    private async Task<IResult> SendAsync(HttpContext http)
    {
        var isMessage = http.Request.ContentType?.StartsWith(MediaType, StringComparison.OrdinalIgnoreCase) == true;
        if (!isMessage && RequestJson.CheckMediaType(http) is not null)
            return Problems.Of(415, "invalid_request", $"Expected {MediaType} or application/json");
        var (bytes, problem) = await RequestBody.ReadAsync(http, RequestBody.LargestMessage);
        if (bytes is not { } body) return problem!; // ReadAsync returns exactly one of the two
        if (http.Caller().Account is not { } account) return Problems.NobodysMail;
        return await repetitions.OnceAsync(http, account, body, claim => isMessage
            ? SendAsync(http, account, body, FromRequest(http), claim)
            : SendJsonAsync(http, account, body, claim));
    }

    private async Task<IResult> SendJsonAsync(
        HttpContext http, string account, ReadOnlyMemory<byte> body, RequestClaim? claim)
    {
        var (request, problem) = RequestJson.Parse(body.Span, ApiJson.Default.SendRawRequest);
        return request is null
            ? problem! // Parse returns exactly one of the two
            : await SendAsync(
                http, account, RawMessage.FromText(request.Raw),
                (request.Envelope.From, request.Envelope.To.Select(to => to.Email)), claim);
    }

    private async Task<IResult> SendAsync(
        HttpContext http, string account, ReadOnlyMemory<byte> content, (string? From, IEnumerable<string> To) envelope,
        RequestClaim? claim)
    {
        if (RawMessage.Problem(content.Span) is { } why) return Problems.Invalid("/raw", "invalid_request", why);
        var errors = new FieldErrors();
        var recipients = RawMessage.Recipients(envelope.To, errors);
        if (recipients.IsEmpty && errors.IsEmpty) errors.Add("/envelope/to", "At least one recipient");
        if (recipients.Length > MaximumRecipients)
            errors.Add("/envelope/to", "too_many_recipients", $"At most {MaximumRecipients} recipients");
        if (!Mailbox.TryParse(envelope.From, out var from))
            errors.Add("/envelope/from", "invalid_address", "Not one mail address");
        if (from is null || !errors.IsEmpty) return errors.ToProblem();
        var mail = new OutgoingMail(
            RawMessage.Complete(content),
            new Envelope(from, [.. recipients.Select(to => new EnvelopeRecipient(to.Address))])
            {
                EightBit = content.Span.ContainsAnyExceptInRange((byte)0, (byte)127),
                SmtpUtf8 = from.NeedsSmtpUtf8 || recipients.Any(to => to.Address.NeedsSmtpUtf8),
            });
        var message = new ReadMessage(new MailParts(new NamedMailbox(from, ""), [], ""), recipients)
        {
            EnvelopeFrom = from,
        };
        return await sender.SendAsync(http, mail, message, account, claim);
    }

    private static (string? From, IEnumerable<string> To) FromRequest(HttpContext http)
    {
        var from = Either(http, "from", FromHeader);
        var to = Either(http, "to", ToHeader);
        return (from.FirstOrDefault(), to.SelectMany(text =>
            text.Split(',', StringSplitOptions.TrimEntries | StringSplitOptions.RemoveEmptyEntries)));
    }

    private static IEnumerable<string> Either(HttpContext http, string parameter, string header) =>
        (http.Request.Query.TryGetValue(parameter, out var values) ? values : http.Request.Headers[header])
            .OfType<string>();
}
