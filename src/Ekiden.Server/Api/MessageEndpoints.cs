using System.Collections.Immutable;
using System.Text;
using Ekiden.Contracts;
using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Mail.Headers;
using Ekiden.Spool;
using Ekiden.Submission;
using Ekiden.Submission.Composition;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;

namespace Ekiden.Server.Api;

/// <summary>Sending: one request is one complete instruction (api.md §2).</summary>
internal sealed class MessageEndpoints(Intake intake)
{
    private const int MaximumRecipients = 50;

    public void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/messages", Access.Handler(SendAsync)).ForKeysWith(KeyScopes.Send);

    private async Task<IResult> SendAsync(HttpContext http)
    {
        var (request, problem) = await RequestJson.ReadAsync(http, ApiJson.Default.SendMessageRequest);
        if (request is null) return problem!; // ReadAsync returns exactly one of the two
        if (http.Caller().Account is not { } account)
            return Problems.Of(422, "invalid_request", "Say whose mail it is: X-Ekiden-Account");
        var (message, wrong) = Read(request);
        return message is null ? wrong!
            : await AcceptAsync(http, account, message); // Read returns exactly one of the two
    }

    private async Task<IResult> AcceptAsync(HttpContext http, string account, SimpleMessage message)
    {
        var cancel = http.RequestAborted;
        var client = new MailClient(MessageOrigin.Api, account)
        {
            Key = http.Caller().Key,
            Address = http.Connection.RemoteIpAddress,
            Session = http.TraceIdentifier,
            Protocol = "HTTP",
        };
        var bytes = message.ToBytes();
        if (CheckAddresses(client, message, bytes.Length) is { } wrong) return wrong;
        var (content, refusal) = intake.Begin(bytes.Length);
        if (content is null) return ToProblem(refusal!); // Begin returns exactly one of the two
        using (content)
        {
            await content.WriteAsync(bytes, cancel);
            var envelope = new Envelope(
                message.From.Address, [.. message.To.Select(to => new EnvelopeRecipient(to.Address))])
            {
                SmtpUtf8 = message.To.Append(message.From).Any(mailbox => mailbox.Address.NeedsSmtpUtf8),
            };
            return await intake.AcceptAsync(new IncomingMessage(client, envelope, content), cancel) switch
            {
                IntakeResult.Accepted accepted => Accepted(accepted, envelope.Recipients),
                IntakeResult.Refused refused => ToProblem(refused.Refusal),
                _ => throw new InvalidOperationException("IntakeResult is a closed family"),
            };
        }
    }

    // Intake asks all this again; asked here, the answer can point at the field.
    private IResult? CheckAddresses(MailClient client, SimpleMessage message, long size)
    {
        if (intake.CheckSender(client, message.From.Address, size) is { } sender) return ToProblem(sender, "/from");
        for (var place = 0; place < message.To.Count; place++)
        {
            if (intake.CheckRecipient(client, message.To[place].Address) is { } recipient)
                return ToProblem(recipient, $"/to/{place}");
        }
        return null;
    }

    private static IResult Accepted(IntakeResult.Accepted accepted, ImmutableArray<EnvelopeRecipient> recipients) =>
        Results.Json(
            new SendMessageResponse(accepted.Id.ToString(), "queued", accepted.Stream,
            [
                .. recipients.Select((to, place) =>
                    new SentRecipient(to.Address.ToString(), accepted.Id.Recipient(place).ToString(), "queued")),
            ]),
            ApiJson.Default.SendMessageResponse, statusCode: StatusCodes.Status202Accepted);

    // api.md §1: what is wrong with the mail is 422, what the key may not is 403, what we cannot now is 503.
    private static IResult ToProblem(Refusal refusal, string? pointer = null)
    {
        var (status, text) = (refusal.Code switch
        {
            "unauthorized" => 401,
            "forbidden" or "domain_not_verified" => 403,
            "message_too_large" => 413,
            "queue_full" => 503,
            "quota_exceeded" => 429,
            _ => 422,
        }, refusal.Reply.Text);
        return pointer is not null && status is (403 or 422)
            ? Problems.Of(status, refusal.Code, text, new ProblemError(pointer, refusal.Code, text))
            : Problems.Of(status, refusal.Code, text);
    }

    private static (SimpleMessage? Message, IResult? Problem) Read(SendMessageRequest request)
    {
        var subject = request.Subject ?? "";
        if (HasControl(subject))
            return (null, Problems.Invalid("/subject", "invalid_request", "A control character or line break"));
        if (request.Text.Contains('\0', StringComparison.Ordinal))
            return (null, Problems.Invalid("/text", "invalid_request", "A NUL character"));
        if (ReadMailbox(request.From) is not { } from)
            return (null, Problems.Invalid("/from", "invalid_address", "Not one mail address"));
        if (request.To.Count == 0)
            return (null, Problems.Invalid("/to", "invalid_request", "At least one recipient"));
        if (request.To.Count > MaximumRecipients)
            return (null, Problems.Invalid("/to", "too_many_recipients", $"At most {MaximumRecipients} recipients"));
        var to = new List<NamedMailbox>();
        foreach (var text in request.To)
        {
            if (ReadMailbox(text) is not { } mailbox || mailbox.Address.IsAddressLiteral)
                return (null, Problems.Invalid($"/to/{to.Count}", "invalid_address", "Not one mail address"));
            to.Add(mailbox);
        }
        return (new SimpleMessage(from, to, subject, request.Text), null);
    }

    private static NamedMailbox? ReadMailbox(string text) =>
        !HasControl(text) && HeaderAddressParser.Parse(text) is HeaderAddresses.Valid { Addresses: [var only] }
            ? new NamedMailbox(only.Mailbox, only.DisplayName)
            : null;

    // Reliability E-R1: these never belong into a header, and are never stripped silently. A lone surrogate is
    // enumerated as U+FFFD.
    private static bool HasControl(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t') continue;
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or 0xFFFD) return true;
        }
        return false;
    }
}
