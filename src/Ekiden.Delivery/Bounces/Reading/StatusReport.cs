using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>Reads delivery status notifications: RFC 3464, and what is nearly one.</summary>
internal static class StatusReport
{
    private const int MaxResults = 1000;

    /// <summary>What the notification says; null when the mail is none.</summary>
    public static BounceReport? Read(ReturnedMail mail, ProviderPacks packs)
    {
        var groups = ReadGroups(mail);
        if (!groups.Any(group => group.IsAboutRecipient)) return null;
        var reporting = groups.Select(group => group.ReportingHost).FirstOrDefault(host => host is not null);
        var hasFailures = groups.Any(group => group.IsAboutRecipient && !IsSuccess(group));
        var results = new List<BounceResult>();
        foreach (var group in groups)
        {
            if (!group.IsAboutRecipient || (hasFailures && IsSuccess(group)) || results.Count >= MaxResults) continue;
            var recipient = group.Recipient ?? mail.Words.Recipients.FirstOrDefault();
            if (recipient is null && results.Count > 0) continue;
            if (results.Any(other => other.Recipient == recipient)) continue;
            results.Add(ReadOne(group, recipient, mail, packs));
        }
        return new BounceReport(BounceKind.Dsn, [.. results]) { ReportingMta = reporting };
    }

    // The part for machines; else the words, where a program without MIME has put the fields among them.
    private static List<StatusFields> ReadGroups(ReturnedMail mail)
    {
        foreach (var part in mail.Parts)
        {
            if (part.MediaType is not ("message/delivery-status" or "message/global-delivery-status")) continue;
            var groups = StatusReader.Read(PartText.Of(part));
            if (groups.Any(group => group.IsAboutRecipient)) return groups;
        }
        foreach (var part in mail.Parts)
        {
            if (part.IsOriginal) break;
            if (part.MediaType is not ("text/plain" or "text/delivery-status" or "message/delivery-status")) continue;
            var groups = StatusReader.Read(PartText.Of(part));
            if (groups.Any(group => group.IsAboutRecipient && (group.IsAboutDelivery || group.Status is not null)))
                return groups;
        }
        return [];
    }

    private static bool IsSuccess(StatusFields group) =>
        group.Action.ToLowerInvariant() is "delivered" or "relayed" or "expanded"
        || (group.Action.Length == 0 && group.Status is { Class: 2 });

    private static BounceResult ReadOne(
        StatusFields group, string? recipient, ReturnedMail mail, ProviderPacks packs)
    {
        if (IsSuccess(group))
        {
            return new BounceResult(recipient, BounceReason.Delivered)
            {
                Status = group.Status,
                Diagnostic = SafeText.Of(group.Diagnostic),
            };
        }
        var isDelayed = group.Action.StartsWith("delay", StringComparison.OrdinalIgnoreCase);
        var isPermanent = !isDelayed && group.Status is not { Class: 4 };
        var provider = ProviderOf(recipient, group.RemoteHost, packs);
        var known = new Circumstances(provider, isPermanent)
        {
            Status = group.Status,
            Phase = recipient is null ? null : mail.Words.PhaseFor(recipient),
        };
        var found = Diagnose(group, recipient, mail, known);
        var status = StatusOf(group.Status, found);
        return new BounceResult(recipient, BounceReason.Of(ReasonOf(found, status)))
        {
            FinalRecipient = group.FinalRecipient,
            Status = status,
            ReplyCode = found.Code,
            IsPermanent = !isDelayed && status.Class == 5,
            IsDelay = isDelayed,
            Diagnostic = SafeText.Of(found.Text),
        };
    }

    private static Diagnosis Diagnose(
        StatusFields group, string? recipient, ReturnedMail mail, Circumstances known)
    {
        var (kind, text) = Split(group.Diagnostic);
        var isUnix = kind.Equals("x-unix", StringComparison.OrdinalIgnoreCase);
        var told = text.Length == 0 ? Diagnosis.None : Diagnostician.Read(isUnix ? $"x-unix {text}" : text, known);
        // What the server said is often missing in the field, or cut after its first line, and whole in the words.
        var isCut = text.Length > 3 && char.IsAsciiDigit(text[0]) && text[3] == '-' && !text.Contains('\n');
        var isVague = isCut && told.Class is ReplyClass.PolicyViolation;
        if (told is { IsSure: true, Code: not null } && !isVague) return told;
        if (recipient is not null) told = Join(told, mail.Words.Diagnose(recipient, known), isCut);
        if (told.IsSure || group.Status is not { } status) return told;
        var meaning = known.Provider.MeaningOf(
            SmtpPhase.Rcpt, new SmtpReply((status.Class * 100) + 50, status, told.Text));
        return meaning.Rule is "code" ? told : told with { Class = meaning.Class, IsSure = true };
    }

    private static Diagnosis Join(Diagnosis told, Diagnosis words, bool isCut) =>
        isCut && words.IsSure ? words.Or(told) : told.Or(words);

    // The server's own status says more than a general one of the program's.
    private static EnhancedStatus StatusOf(EnhancedStatus? field, Diagnosis found)
    {
        if (field is not { } known || known.Class is not (4 or 5))
            return found.Status ?? new EnhancedStatus((byte)(found.Code / 100 ?? 5), 0, 0);
        if (found.Status is not { } said || found.Code is null && !IsGeneral(known)) return known;
        return IsGeneral(said) ? known : said;
    }

    private static bool IsGeneral(EnhancedStatus status) => status is { Subject: 0, Detail: 0 };

    private static ReplyClass ReasonOf(Diagnosis found, EnhancedStatus status) =>
        status is { Subject: 4, Detail: 7 } ? ReplyClass.Expired
        : status is { Subject: 2, Detail: 0 } && found.Class == ReplyClass.UserUnknown ? ReplyClass.Filtered
        : found.Class;

    private static (string Kind, string Text) Split(string diagnostic)
    {
        var semicolon = diagnostic.IndexOf(';', StringComparison.Ordinal);
        if (semicolon is < 1 or > 20 || diagnostic.AsSpan(0, semicolon).ContainsAny(" \n\t"))
            return ("", diagnostic.Trim());
        return (diagnostic[..semicolon], diagnostic[(semicolon + 1)..].Trim());
    }

    /// <summary>Whose words a refusal of this address is in.</summary>
    public static Provider ProviderOf(string? recipient, string? host, ProviderPacks packs)
    {
        var at = recipient?.LastIndexOf('@') ?? -1;
        return packs.Find(at < 0 ? "" : recipient![(at + 1)..], host is null ? [] : [host]);
    }
}
