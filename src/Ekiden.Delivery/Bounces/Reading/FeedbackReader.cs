using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>Reads complaints: RFC 5965, and the forms of providers that do not use it.</summary>
internal static class FeedbackReader
{
    private const int MaxRecipients = 1000;

    // Providers that report a mail without saying in a field whose it was write it in the mail.
    private static readonly string[] RecipientFields =
        ["X-HmXmrOriginalRecipient", "X-Original-Recipient", "X-Original-To", "X-Rcpt-To", "Delivered-To", "To"];

    /// <summary>What the report says; null when the mail is none.</summary>
    public static BounceReport? Read(ReturnedMail mail) =>
        mail.Parts.FirstOrDefault(part => part.MediaType is "message/feedback-report") is { } part
            ? ReadReport(part, mail)
            : ReadOther(mail) ?? ReadOptOut(mail);

    // RFC 5965 §3. Some senders write the fields in more than one block.
    private static BounceReport ReadReport(MailPart part, ReturnedMail mail)
    {
        var fields = new List<(string Name, string Value)>();
        var text = PartText.Of(part);
        while (text.Length > 0)
        {
            var block = HeaderFields.Read(text, out var rest);
            if (block.Count == 0) break;
            fields.AddRange(block.All);
            text = text[rest..];
        }
        var type = Find("Feedback-Type") ?? "abuse";
        var recipients = fields
            .Where(field => Is(field.Name, "Original-Rcpt-To") || Is(field.Name, "Removal-Recipient"))
            .Select(field => AddressScanner.First(field.Value)).OfType<string>().Distinct().Take(MaxRecipients)
            .ToArray<string?>();
        if (recipients.Length == 0) recipients = [RecipientOf(mail)];
        return Report(BounceKind.Arf, type.Trim().ToLowerInvariant(), recipients, mail) with
        {
            ReportingMta = HostOf(Find("Reporting-MTA")),
        };

        string? Find(string name) =>
            fields.Where(field => Is(field.Name, name)).Select(field => field.Value).FirstOrDefault();

        static bool Is(string name, string wanted) => name.Equals(wanted, StringComparison.OrdinalIgnoreCase);
    }

    private static BounceReport? ReadOther(ReturnedMail mail) =>
        BounceWords.BuiltIn.Has(PhraseUse.Complaint, mail.Subject) && mail.Parts.Any(part => part.IsOriginal)
            ? Report(BounceKind.Arf, "abuse", [RecipientOf(mail)], mail)
            : null;

    // A mail that the List-Unsubscribe field of ours asked for: RFC 2369 §3.2.
    private static BounceReport? ReadOptOut(ReturnedMail mail) =>
        mail.Headers.Find("X-Apple-Unsubscribe") is not null
        || (BounceWords.BuiltIn.Has(PhraseUse.OptOut, mail.Subject) && !mail.IsFromDaemon && !mail.HasFailureSubject)
            ? Report(BounceKind.OptOut, "opt-out", [AddressScanner.First(mail.From)], mail)
            : null;

    private static BounceReport Report(
        BounceKind kind, string type, string?[] recipients, ReturnedMail mail) =>
        new(kind,
        [
            .. recipients.Select(recipient => new BounceResult(recipient, BounceReason.Feedback)
            {
                FeedbackType = SafeText.Of(type),
                Diagnostic = SafeText.Of(mail.Subject),
            }),
        ]);

    private static string? RecipientOf(ReturnedMail mail)
    {
        foreach (var name in RecipientFields)
        {
            if (AddressScanner.First(mail.Original.Find(name) ?? "") is { } address) return address;
        }
        return null;
    }

    private static string? HostOf(string? value)
    {
        if (value is null) return null;
        var host = value[(value.IndexOf(';', StringComparison.Ordinal) + 1)..].Trim().ToLowerInvariant();
        return host.Length is 0 or > 255 ? null : host;
    }
}
