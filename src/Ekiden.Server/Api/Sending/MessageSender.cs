using System.Collections.Immutable;
using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Directory.Idempotency;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api.Sending;

/// <summary>Hands a mail of the API to Intake, and answers in the API's words.</summary>
/// <param name="intake">The door.</param>
/// <param name="clock">The time.</param>
/// <param name="largest">Bytes of a message at most: <c>[limits] max_message</c>.</param>
internal sealed class MessageSender(Intake intake, TimeProvider clock, long largest)
{
    /// <summary>Takes the mail, and answers 202 when it is on stable storage, or says why not.</summary>
    public async Task<IResult> SendAsync(
        HttpContext http, OutgoingMail mail, ReadMessage message, string account, RequestClaim? claim)
    {
        var client = ClientOf(http, account);
        if (Check(client, mail, message) is { } wrong) return wrong;
        var (content, refusal) = intake.Begin(mail.Content.Length);
        if (content is null) return RefusalProblem.Of(refusal!); // Begin returns exactly one of the two
        using (content)
        {
            await content.WriteAsync(mail.Content, http.RequestAborted);
            var incoming = new IncomingMessage(client, mail.Envelope, content)
            {
                Id = MessageId.Create(clock),
                Stream = message.Stream,
                Tags = message.Tags,
                Metadata = message.Metadata,
                ExpiresIn = message.ExpiresIn,
                SendAt = message.SendAt,
                IsSimulated = message.IsSandbox,
                IdempotencyKey = claim?.Request.Key,
            };
            var (prepared, refused) = intake.Prepare(incoming);
            if (prepared is null) return RefusalProblem.Of(refused!); // Prepare returns exactly one of the two
            return await CommitAsync(prepared, claim, http.RequestAborted);
        }
    }

    /// <summary>All checks, and nothing taken.</summary>
    public async Task<IResult> ValidateAsync(HttpContext http, OutgoingMail mail, ReadMessage message, string account)
    {
        var client = ClientOf(http, account);
        if (Check(client, mail, message) is { } wrong) return wrong;
        var (content, refusal) = intake.Begin(mail.Content.Length);
        if (content is null) return RefusalProblem.Of(refusal!); // Begin returns exactly one of the two
        using (content)
        {
            await content.WriteAsync(mail.Content, http.RequestAborted);
            return intake.CheckWhole(new IncomingMessage(client, mail.Envelope, content) { Stream = message.Stream })
                is { } refused
                ? RefusalProblem.Of(refused)
                : Results.Json(
                    new ValidateMessageResponse(true, mail.Content.Length, message.Stream ?? "transactional"),
                    ApiJson.Default.ValidateMessageResponse);
        }
    }

    /// <summary>Who hands it in.</summary>
    public static MailClient ClientOf(HttpContext http, string account) => new(MessageOrigin.Api, account)
    {
        Key = http.Caller().Key,
        Address = http.Connection.RemoteIpAddress,
        Session = http.TraceIdentifier,
        Protocol = "HTTP",
    };

    /// <summary>The promise, the commit, the answer.</summary>
    public async Task<IResult> CommitAsync(PreparedMessage prepared, RequestClaim? claim, CancellationToken cancel)
    {
        var answer = JsonSerializer.SerializeToUtf8Bytes(
            Describe(prepared), ApiJson.Default.SendMessageResponse);
        if (claim is not null)
            await claim.PromiseAsync(prepared.Message.Id.Value, StatusCodes.Status202Accepted, answer, cancel);
        KillPoint.Pass("request.promised");
        if (await intake.CommitAsync([prepared], cancel) is { } noRoom) return RefusalProblem.Of(noRoom);
        KillPoint.Pass("request.committed");
        claim?.Complete();
        return Results.Bytes(answer, "application/json; charset=utf-8").WithStatus(StatusCodes.Status202Accepted);
    }

    // Intake asks all this again; asked here, the answer can point at the field.
    private IResult? Check(MailClient client, OutgoingMail mail, ReadMessage message)
    {
        if (message.Stream is { } stream && !intake.Options.Streams.ContainsKey(stream))
            return Problems.Invalid("/stream", "invalid_request", "There is no such stream");
        if (mail.Content.Length > largest)
            return Problems.Of(413, "message_too_large", $"The message has more than {largest} bytes");
        if (intake.CheckSender(client, message.Parts.From.Address, mail.Content.Length) is { } author)
            return RefusalProblem.Of(author, "/from");
        if (intake.CheckSender(client, message.EnvelopeFrom, mail.Content.Length) is { } sender)
            return RefusalProblem.Of(sender, "/envelope/from");
        foreach (var (address, pointer) in message.Recipients)
        {
            if (intake.CheckRecipient(client, address) is { } recipient) return RefusalProblem.Of(recipient, pointer);
        }
        return null;
    }

    private static SendMessageResponse Describe(PreparedMessage prepared)
    {
        var message = prepared.Message;
        var status = message.NotBefore is null ? "queued" : "scheduled";
        var suppressed = prepared.Entries.OfType<JournalEntry.Changed>()
            .Where(changed => changed.Change == QueueChange.Suppress).SelectMany(changed => changed.Recipients)
            .ToImmutableHashSet();
        return new SendMessageResponse(message.Id.ToString(), status, message.Stream,
        [
            .. message.Envelope.Recipients.Select((to, place) => suppressed.Contains(place)
                ? new SentRecipient(
                    to.Address.ToString(), message.Id.Recipient(place).ToString(), "suppressed", "recipient_suppressed")
                : new SentRecipient(to.Address.ToString(), message.Id.Recipient(place).ToString(), status)),
        ]);
    }
}

/// <summary>A mail as it goes to Intake.</summary>
internal sealed record OutgoingMail(ReadOnlyMemory<byte> Content, Envelope Envelope);
