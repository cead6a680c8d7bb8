using System.Globalization;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>What some words of a notice say about one recipient.</summary>
/// <param name="Class">Why.</param>
/// <param name="Code">The server's reply code; null when none is quoted.</param>
/// <param name="Status">The enhanced status that the words name; null when there is none.</param>
/// <param name="Text">The words that tell, on one line.</param>
internal sealed record Diagnosis(ReplyClass Class, int? Code, EnhancedStatus? Status, string Text)
{
    /// <summary>Nothing is known.</summary>
    public static Diagnosis None { get; } = new(ReplyClass.Undefined, null, null, "");

    /// <summary>It comes from words that leave little doubt, not from a code alone.</summary>
    public bool IsSure { get; init; }

    /// <summary>The other's knowledge where this one has none.</summary>
    public Diagnosis Or(Diagnosis other) => new(
        Class == ReplyClass.Undefined || (!IsSure && other.IsSure) ? other.Class : Class,
        Code ?? other.Code,
        Status ?? other.Status,
        Text.Length == 0 ? other.Text : Text)
    {
        IsSure = IsSure || other.IsSure,
    };
}

/// <summary>What is known beside the words.</summary>
/// <param name="Provider">Whose replies they are.</param>
/// <param name="IsPermanent">It has failed for good, where the words do not say.</param>
internal readonly record struct Circumstances(Provider Provider, bool IsPermanent)
{
    /// <summary>Where in the conversation the server spoke; null when nobody says.</summary>
    public SmtpPhase? Phase { get; init; }

    /// <summary>The status in the part for machines; null when there is none.</summary>
    public EnhancedStatus? Status { get; init; }
}

/// <summary>Finds why, in words that may quote a server.</summary>
internal static class Diagnostician
{
    private const int MaxLetters = 8192;

    /// <summary>Reads what stands about one recipient.</summary>
    /// <param name="text">Lines of a notice, or a Diagnostic-Code.</param>
    /// <param name="known">What else is known.</param>
    public static Diagnosis Read(string text, Circumstances known)
    {
        if (text.Length > MaxLetters) text = text[..MaxLetters];
        var quoted = ReplyFinder.Find(text);
        if (quoted is not { Code: { } code } reply) return ReadOwn(text, quoted?.Status, known);
        var said = OneLine(ReplyFinder.WithoutCodes(UpToNext(text[reply.From..], code), reply));
        var phase = known.Phase ?? BounceWords.BuiltIn.PhaseOf(text);
        var meaning = MeaningOf(said, code, reply, known.Provider, phase ?? SmtpPhase.Rcpt);
        var found = Adjust(meaning, phase, new SmtpReply(code, reply.Status ?? known.Status, said), known.Provider);
        var told = new Diagnosis(found, code, reply.Status, Shown(code, reply.Status, said))
        {
            IsSure = meaning.Rule is not "code" && found is not ReplyClass.Undefined,
        };
        // A server that says nothing but that it failed: the program's own words before it may know more.
        if (!told.IsSure || IsWeak(found))
        {
            var own = ReadOwn(IsWeak(found) ? text[..reply.From] : text, null, known);
            if (own.IsSure) return told with { Class = own.Class, IsSure = true };
        }
        return told;
    }

    // «unknown recipient or mailbox unavailable -> 550 : User unknown»: who passes a reply on in its own says less than
    // what it passes on.
    private static ReplyMeaning MeaningOf(string said, int code, QuotedReply reply, Provider provider, SmtpPhase phase)
    {
        var arrow = said.LastIndexOf("-> ", StringComparison.Ordinal);
        if (arrow >= 0 && ReplyFinder.Find(said[(arrow + 3)..]) is { Code: { } inner, From: 0 } passed)
        {
            var words = ReplyFinder.WithoutCodes(said[(arrow + 3)..], passed).Trim();
            var meaning = provider.MeaningOf(phase, new SmtpReply(inner, passed.Status, words));
            if (meaning.Rule is not "code") return meaning;
        }
        return provider.MeaningOf(phase, new SmtpReply(code, reply.Status, said));
    }

    // What programs write of their own.
    private static Diagnosis ReadOwn(string text, EnhancedStatus? status, Circumstances known)
    {
        var line = OneLine(text);
        var reply = new SmtpReply(known.IsPermanent ? 550 : 450, status, line);
        var rule = Provider.FirstMatch(BounceWords.BuiltIn.Rules, SmtpPhase.Eom, reply, line);
        if (rule is not null) return new Diagnosis(rule.Final.Class, null, status, line) { IsSure = true };
        if (status is null) return new Diagnosis(ReplyClass.Undefined, null, null, line);
        var meaning = Provider.Default.MeaningOf(SmtpPhase.Rcpt, reply);
        return new Diagnosis(meaning.Class, null, status, line) { IsSure = meaning.Rule is not "code" };
    }

    // Who has not heard of a recipient yet cannot speak of one; who took it and now refuses the mail filters it, where
    // its words are those of an unknown user (japan.md J5). Where nobody says which it was, words that servers use for
    // both are taken for the one that costs nobody an address.
    private static ReplyClass Adjust(ReplyMeaning meaning, SmtpPhase? phase, SmtpReply reply, Provider provider)
    {
        var found = meaning.Class;
        if (found is ReplyClass.HostUnknown or ReplyClass.UserUnknown)
        {
            if (phase is SmtpPhase.Connect or SmtpPhase.Ehlo) return ReplyClass.Blocked;
            if (phase is SmtpPhase.Mail) return ReplyClass.Rejected;
        }
        if (found is not ReplyClass.UserUnknown || reply.Status is { Subject: 1 }) return found;
        if (reply.Status is { Subject: 2, Detail: 0 } || phase is SmtpPhase.Eom or SmtpPhase.Data)
            return ReplyClass.Filtered;
        if (phase is not null) return found;
        if (provider.MeaningOf(SmtpPhase.Eom, reply).Class is ReplyClass.Filtered) return ReplyClass.Filtered;
        var isGeneral = meaning.Rule.StartsWith(ProviderPack.DefaultName, StringComparison.Ordinal);
        return isGeneral && BounceWords.BuiltIn.Has(PhraseUse.Vague, reply.Text) ? ReplyClass.Filtered : found;
    }

    private static bool IsWeak(ReplyClass found) => found is ReplyClass.SystemError or ReplyClass.SyntaxError;

    // A reply ends where the next one begins, and at an empty line.
    private static string UpToNext(string text, int code)
    {
        var digits = code.ToString(CultureInfo.InvariantCulture);
        var at = 0;
        while ((at = text.IndexOf('\n', at)) >= 0)
        {
            var line = text.AsSpan(at + 1).TrimStart(' ');
            if (line.IsEmpty || line[0] == '\n' || line.StartsWith("<<<") || line.StartsWith(">>>")
                || line.StartsWith("Giving up") || line.StartsWith("---")
                || (BeginsWithCode(line) && !line.StartsWith(digits)))
            {
                return text[..at];
            }
            at++;
        }
        return text;
    }

    private static bool BeginsWithCode(ReadOnlySpan<char> line) =>
        line.Length > 3 && (line[3] is ' ' or '-') && line[0] is >= '2' and <= '5'
        && char.IsAsciiDigit(line[1]) && char.IsAsciiDigit(line[2]);

    private static string Shown(int code, EnhancedStatus? status, string said) =>
        status is { } known ? $"{code} {known} {said}" : $"{code} {said}";

    private static string OneLine(string text) =>
        string.Join(' ', text.Split([' ', '\n', '\t'], StringSplitOptions.RemoveEmptyEntries));
}
