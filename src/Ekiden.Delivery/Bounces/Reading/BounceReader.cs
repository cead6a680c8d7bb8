using Ekiden.Delivery.Providers;
using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>Understands mail that came back: whom it is about, and why.</summary>
/// <remarks>
/// First what machines can read, whoever wrote it (RFC 3464, RFC 5965, notifications in JSON), then what its structure
/// tells, then words. Never throws; takes time linear in the first mebibyte, whatever the rest is.
/// </remarks>
public static class BounceReader
{
    /// <summary>Octets of a message that are looked at; the rest may be left away.</summary>
    public const int MaxBytes = MessageText.MaxBytes;

    /// <summary>What the message says.</summary>
    /// <param name="message">Header and body; lines may end with CRLF, LF or CR.</param>
    public static BounceReport Read(ReadOnlySpan<byte> message) => Read(message, ProviderPacks.BuiltIn);

    /// <summary>What the message says.</summary>
    /// <param name="message">Header and body; lines may end with CRLF, LF or CR.</param>
    /// <param name="packs">Who knows the meaning of replies.</param>
    public static BounceReport Read(ReadOnlySpan<byte> message, ProviderPacks packs)
    {
        var mail = ReturnedMail.Read(message);
        var report = FeedbackReader.Read(mail)
            ?? StatusReport.Read(mail, packs)
            ?? NotificationReader.Read(mail, packs)
            ?? ReadAnswer(mail)
            ?? NoticeReader.Read(mail, packs)
            ?? BounceReport.Mail;
        return report.Kind == BounceKind.Mail ? report : report with
        {
            OriginalMessageId = report.OriginalMessageId ?? MessageIdOf(mail.Original),
        };
    }

    // Programs that return mail call their notices automatic answers too.
    private static BounceReport? ReadAnswer(ReturnedMail mail)
    {
        var isVacation = BounceWords.BuiltIn.Has(PhraseUse.Vacation, mail.Subject);
        if (!isVacation && (mail.HasFailureSubject || BounceWords.BuiltIn.Has(PhraseUse.Sender, mail.From)
            || mail.Headers.Find("X-Failed-Recipients") is not null))
        {
            return null;
        }
        var kind = IsChallenge(mail) ? BounceKind.Challenge
            : isVacation || IsAutomatic(mail.Headers) ? BounceKind.AutoReply
            : BounceKind.Mail;
        return kind == BounceKind.Mail
            ? null
            : new BounceReport(kind, [new BounceResult(AddressScanner.First(mail.From), BounceReason.Vacation)
            {
                Diagnostic = SafeText.Of(mail.Subject),
            }]);
    }

    private static bool IsChallenge(ReturnedMail mail) =>
        (IsAutomatic(mail.Headers) || mail.IsWithoutReturnPath)
        && BounceWords.BuiltIn.Has(PhraseUse.Challenge, $"{mail.Subject}\n{mail.Words.Text}");

    // RFC 3834 §5, and what was there before it.
    private static bool IsAutomatic(HeaderFields headers) =>
        (headers.Find("Auto-Submitted") ?? "").StartsWith("auto-replied", StringComparison.OrdinalIgnoreCase)
        || headers.Find("X-Autoreply") is not null || headers.Find("X-Autorespond") is not null
        || headers.Find("X-Autoresponder") is not null
        || (headers.Find("Precedence") ?? "").Replace('-', '_')
            .StartsWith("auto_reply", StringComparison.OrdinalIgnoreCase);

    private static string? MessageIdOf(HeaderFields original)
    {
        var id = original.Find("Message-ID")?.Trim().Trim('<', '>');
        return string.IsNullOrEmpty(id) || id.Length > 998 ? null : id;
    }
}
