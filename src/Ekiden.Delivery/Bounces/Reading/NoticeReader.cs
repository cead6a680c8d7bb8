using Ekiden.Delivery.Providers;
using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>Reads notices that are words alone.</summary>
internal static class NoticeReader
{
    private const int MaxResults = 1000;

    /// <summary>What the notice says; null when the mail is none.</summary>
    public static BounceReport? Read(ReturnedMail mail, ProviderPacks packs)
    {
        var failed = FailedRecipients(mail);
        if (failed.Count == 0 && !mail.HasFailureSubject && !mail.IsFromDaemon) return null;
        var recipients = RecipientsOf(mail, failed);
        var isLate = BounceWords.BuiltIn.Has(PhraseUse.Delay, mail.Words.Text);
        var results = recipients.Take(MaxResults).Select(recipient => ReadOne(recipient, mail, packs, isLate)).ToList();
        if (results.Count == 0) results.Add(ReadOne(null, mail, packs, isLate));
        return IsNotice(mail, failed.Count > 0, results)
            ? new BounceReport(BounceKind.Text, [.. results]) : null;
    }

    // A subject and an author are easily those of an ordinary mail: then the words must say why.
    private static bool IsNotice(ReturnedMail mail, bool hasFailed, List<BounceResult> results)
    {
        if (hasFailed) return true;
        var saysWhy = results.Any(
            result => result.Reason.Class is not ReplyClass.Undefined || result.ReplyCode is not null);
        var saysWhom = results.Any(result => result.Recipient is not null);
        return (mail.HasFailureSubject, mail.IsFromDaemon) switch
        {
            (true, true) => saysWhom || saysWhy,
            (true, false) => saysWhom && saysWhy,
            _ => saysWhom && saysWhy && mail.Words.Recipients.Any(),
        };
    }

    // Exim's field, which Gmail and others have taken over.
    private static List<string> FailedRecipients(ReturnedMail mail) =>
    [
        .. mail.Headers.FindAll("X-Failed-Recipients").SelectMany(AddressScanner.FindAll).Select(found => found.Address)
            .Distinct(),
    ];

    private static List<string> RecipientsOf(ReturnedMail mail, List<string> failed)
    {
        if (failed.Count > 0) return failed;
        var told = mail.Words.Recipients.ToList();
        if (told.Count > 0) return told;
        // Where no word tells: whom the returned mail was to, if that was one.
        var original = mail.Original.FindAll("To").Concat(mail.Original.FindAll("X-Envelope-To"))
            .SelectMany(AddressScanner.FindAll).Select(found => found.Address).Distinct().ToList();
        return original.Count == 1 ? original : [];
    }

    private static BounceResult ReadOne(string? recipient, ReturnedMail mail, ProviderPacks packs, bool isLate)
    {
        var provider = StatusReport.ProviderOf(recipient, mail.Words.Host, packs);
        var known = new Circumstances(provider, !isLate);
        var found = recipient is null
            ? Diagnostician.Read(mail.Words.Text, known)
            : mail.Words.Diagnose(recipient, known with { Phase = mail.Words.PhaseFor(recipient) });
        var status = found.Status ?? new EnhancedStatus((byte)(found.Code / 100 ?? (isLate ? 4 : 5)), 0, 0);
        return new BounceResult(recipient, BounceReason.Of(found.Class))
        {
            Status = status,
            ReplyCode = found.Code,
            IsPermanent = !isLate && status.Class == 5,
            IsDelay = isLate,
            Diagnostic = SafeText.Of(found.Text),
        };
    }
}
