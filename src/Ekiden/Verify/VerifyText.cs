using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.MailAuth;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;

namespace Ekiden.Verify;

/// <summary>What the <c>verify</c> commands say to people. Text from outside is made safe for a terminal.</summary>
internal static class VerifyText
{
    public static string OfSpf(SpfVerdict verdict) =>
        $"spf {VerifyJson.Word(verdict.Result)}: {SafeText.Of(verdict.Why)}";

    public static string OfDkim(ImmutableArray<DkimVerdict> verdicts) => verdicts.IsEmpty
        ? "dkim none: the message is not signed"
        : string.Join(Environment.NewLine, verdicts.Select(OfDkim));

    public static string OfArc(ArcVerdict verdict) => verdict.Why is null
        ? $"arc {VerifyJson.Word(verdict.Result)}"
        : $"arc {VerifyJson.Word(verdict.Result)}: {verdict.Why}";

    public static string Of(AuthenticationFindings findings)
    {
        var dmarc = findings.Dmarc!; // VerifyWorld gives all but SPF
        var lines = new List<string>();
        if (findings.Spf is { } spf) lines.Add(OfSpf(spf));
        lines.Add(OfDkim(findings.Dkim));
        lines.Add(OfArc(findings.Arc!));
        var wish = dmarc.Result == DmarcResult.Fail ? $" (wanted: {VerifyJson.Word(dmarc.Disposition)})" : "";
        lines.Add($"dmarc {VerifyJson.Word(dmarc.Result)}{wish}: {SafeText.Of(dmarc.Why)}");
        return string.Join(Environment.NewLine, lines);
    }

    private static string OfDkim(DkimVerdict verdict)
    {
        var key = SafeText.Of($"{verdict.Selector ?? "?"}._domainkey.{verdict.Domain ?? "?"}");
        var why = verdict.Why is null ? "" : $": {verdict.Why}";
        return $"dkim {VerifyJson.Word(verdict.Result)} ({key}){why}";
    }
}
