using System.Collections.Immutable;
using System.Text.Json;
using Ekiden.Contracts;
using Ekiden.Mail;
using Ekiden.Server.Api;
using Ekiden.Server.Api.Sending;
using Ekiden.Submission;
using Ekiden.Submission.Composition;
using Ekiden.Submission.Templates;

namespace Ekiden.Server.Batches;

/// <summary>
/// Makes the mail of each recipient: what all share was read once, and is filled with the recipient's own data.
/// </summary>
internal sealed class BatchComposer
{
    private static readonly JsonElement NoData = JsonElement.Parse("{}");

    private readonly SendMessageRequest _defaults;
    private readonly ReadMessage _shared;
    private readonly MailTemplate _template;

    private BatchComposer(SendMessageRequest defaults, ReadMessage shared, MailTemplate template) =>
        (_defaults, _shared, _template) = (defaults, shared, template);

    /// <summary>What all recipients share.</summary>
    public ReadMessage Shared => _shared;

    /// <summary>Reads what all share; null, and errors, when something is wrong with it.</summary>
    public static BatchComposer? Create(SendMessageRequest defaults, DateTimeOffset now, FieldErrors errors)
    {
        if ((defaults.To?.Count ?? 0) + (defaults.Cc?.Count ?? 0) + (defaults.Bcc?.Count ?? 0) > 0)
            errors.Add("/to", "Recipients are not among the defaults: each gets a mail of their own");
        var placeholder = defaults with
        {
            To = [new ApiAddress("nobody@" + Simulation.Domain)],
            Cc = null,
            Bcc = null,
            SendAt = null,
            QuietHours = null,
        };
        var shared = new SendRequestReader(placeholder, now, errors).Read();
        if (shared is null) return null;
        var (template, problem) = MailTemplate.Parse(shared.Parts.Subject, shared.Parts.Text, shared.Parts.Html);
        if (template is not null) return new BatchComposer(defaults, shared, template);
        errors.Add("/" + problem!.Part, "template_error", problem.Why); // Parse returns exactly one of the two
        return null;
    }

    /// <summary>One recipient's mail, or what is wrong with the line; exactly one is null.</summary>
    public async ValueTask<(BatchMail? Mail, ProblemError? Error)> ComposeAsync(ReadOnlyMemory<byte> line)
    {
        var (recipient, error, _) = RequestJson.TryParse(line.Span, ApiJson.Default.BatchRecipientRequest);
        if (recipient is null) return (null, error);
        var errors = new FieldErrors();
        var to = errors.ReadMailbox("/to", recipient.To);
        if (recipient.Data is { ValueKind: not (JsonValueKind.Object or JsonValueKind.Null) })
            errors.Add("/data", "An object");
        if (!errors.IsEmpty || to is null) return (null, errors.All[0]);
        var (rendered, problem) = await _template.RenderAsync(recipient.Data ?? NoData);
        if (rendered is null) // RenderAsync returns exactly one of the two
            return (null, new ProblemError("/data", "template_error", $"{problem!.Part}: {problem.Why}"));
        if (FieldErrors.HasControl(rendered.Subject ?? ""))
            return (null, new ProblemError("/data", "invalid_request", "A line break in the subject"));
        var parts = _shared.Parts with
        {
            To = [to],
            Subject = rendered.Subject ?? "",
            Text = rendered.Text,
            Html = rendered.Html,
            Headers = Headers(recipient, errors),
        };
        if (_defaults.Charset == Iso2022Jp.Name)
        {
            parts = JapaneseParts.Convert(
                parts with { Charset = MailCharset.Utf8 }, _defaults.CharsetFallback ?? "utf-8", errors);
        }
        var metadata = Metadata(recipient, errors);
        return errors.IsEmpty
            ? (new BatchMail(to.Address, parts, metadata, recipient.SendAt), null)
            : (null, errors.All[0]);
    }

    private ImmutableArray<(string Name, string Value)> Headers(BatchRecipientRequest recipient, FieldErrors errors)
    {
        if (recipient.UnsubscribeUrl is null && recipient.Headers is null) return _shared.Parts.Headers;
        var headers = _shared.Parts.Headers.ToList();
        var own = UnsubscribeReader.Read(
            recipient.UnsubscribeUrl is { } url ? new ApiUnsubscribe { Url = url } : null, errors).ToList();
        foreach (var (name, value) in recipient.Headers ?? new Dictionary<string, string>())
        {
            var pointer = "/headers/" + Pointer.Escape(name);
            if (HeaderNames.Problem(name) is { } why) errors.Add(pointer, why);
            else if (errors.CheckHeaderText(pointer, value)) own.Add((name, value));
        }
        headers.RemoveAll(header => own.Exists(
            field => field.Name.Equals(header.Name, StringComparison.OrdinalIgnoreCase)));
        return [.. headers, .. own];
    }

    private ImmutableDictionary<string, string> Metadata(BatchRecipientRequest recipient, FieldErrors errors)
    {
        if (recipient.Metadata is null) return _shared.Metadata;
        foreach (var (key, value) in recipient.Metadata)
        {
            var pointer = "/metadata/" + Pointer.Escape(key);
            if (errors.CheckHeaderText(pointer, key)) errors.CheckHeaderText(pointer, value);
        }
        return _shared.Metadata.SetItems(recipient.Metadata);
    }
}

/// <summary>One recipient's mail.</summary>
internal sealed record BatchMail(
    Mailbox To, MailParts Parts, ImmutableDictionary<string, string> Metadata, DateTimeOffset? SendAt);
