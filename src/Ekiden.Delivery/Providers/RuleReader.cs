using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Text.Json;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Toml;

namespace Ekiden.Delivery.Providers;

/// <summary>Reads the rules of a pack, and holds each against its own examples.</summary>
internal static class RuleReader
{
    private static readonly SettingsForm<SmtpPhase> Phase = Words<SmtpPhase>();
    private static readonly SettingsForm<LimitScope> Scope = Words<LimitScope>();

    private static readonly SettingsForm<ReplyClass> Class = SettingsForms.OneOf(
        [.. Enum.GetValues<ReplyClass>().Select(value => (value.Word(), value))]);

    private static readonly SettingsForm<int> Code = SettingsForms.OfText<int>(
        "a reply code such as \"421\", or \"4xx\" or \"5xx\"", TryReadCode);

    private static readonly SettingsForm<StatusPattern> Status = SettingsForms.OfText<StatusPattern>(
        "an enhanced status such as \"4.7.28\", \"4.7.x\" or \"x.2.2\"", TryReadStatus);

    private static readonly SettingsForm<RecordedReply> Example = SettingsForms.OfText<RecordedReply>(
        "a phase and a reply such as \"rcpt 550 5.1.1 No such user\"",
        static (string text, [NotNullWhen(true)] out RecordedReply? result) =>
            (result = ReadExample(text)) is not null);

    /// <summary>All rules, in the order of the file; a wrong one is left out.</summary>
    /// <param name="check">Builds every pattern, and holds every rule against its examples.</param>
    public static ImmutableArray<ReplyRule> ReadAll(SettingsSection root, string pack, bool check)
    {
        var rules = ImmutableArray.CreateBuilder<ReplyRule>();
        foreach (var section in root.Sections("rule"))
        {
            if (Read(section, pack, check) is not { } rule) continue;
            if (rules.Any(other => other.Name == rule.Name))
                section.Error("name", $"there is another rule with the name \"{rule.Name}\"");
            rules.Add(rule);
            if (check) CheckExamples(section, rules);
        }
        return rules.ToImmutable();
    }

    private static ReplyRule? Read(SettingsSection section, string pack, bool check)
    {
        var name = section.Require("name", SettingsForms.Text);
        var value = section.FindValue("class", Class);
        if (!section.Has("class")) section.Error("class", $"is missing; expected {Class.Expected}");
        var scopes = section.List("scope", Scope).Sort((a, b) => b.CompareTo(a));
        var retry = AdviceReader.Read(section);
        var codes = section.List("codes", Code);
        var statuses = section.List("status", Status);
        var phases = section.List("phase", Phase);
        var texts = section.List("text", SettingsForms.Text);
        var pattern = ReadPattern(section, check);
        var examples = section.List("examples", Example);
        if (codes.IsEmpty && statuses.IsEmpty && texts.IsEmpty && !section.Has("pattern"))
            section.Error("name", "the rule matches everything: expected codes, status, text or pattern");
        if (examples.IsEmpty) section.Error("examples", "is missing: a rule is held against recorded replies");
        section.Finish();
        if (name is null || value is not { } known || (pattern is null && section.Has("pattern"))) return null;
        return new ReplyRule(name, Meaning(isFinal: false), Meaning(isFinal: true))
        {
            Codes = codes,
            Statuses = statuses,
            Phases = phases,
            Texts = texts,
            Pattern = pattern,
            Examples = examples,
        };

        ReplyMeaning Meaning(bool isFinal) => new(
            known, scopes.IsEmpty ? ReplyClasses.UsualScopes(known) : scopes,
            retry ?? ReplyClasses.UsualRetry(known, isFinal))
        { Rule = $"{pack}/{name}" };
    }

    // delivery.md A6: a rule that cannot match, or whose replies an earlier rule takes, is an error and not a surprise.
    private static void CheckExamples(SettingsSection section, ImmutableArray<ReplyRule>.Builder rules)
    {
        var rule = rules[^1];
        var all = rules.ToImmutable();
        foreach (var example in rule.Examples)
        {
            var text = Provider.FirstWords(example.Reply.Text);
            var first = Provider.FirstMatch(all, example.Phase, example.Reply, text);
            if (first == rule) continue;
            section.Error("examples", first is null
                ? $"the rule does not match its own example \"{SafeText.Of(example.Reply.ToString())}\""
                : $"the rule \"{first.Name}\" takes the example \"{SafeText.Of(example.Reply.ToString())}\"");
        }
    }

    private static TextPattern? ReadPattern(SettingsSection section, bool check)
    {
        if (section.Find("pattern", SettingsForms.Text) is not { } text) return null;
        var pattern = new TextPattern(text);
        if (!check || pattern.Mistake() is not { } mistake) return pattern;
        section.Error("pattern", $"is no pattern that can be used: {mistake}");
        return null;
    }

    private static bool TryReadCode(string text, out int code)
    {
        code = text switch { "4xx" => 4, "5xx" => 5, _ => 0 };
        return code != 0
            || (int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out code)
                && code is >= 400 and <= 599);
    }

    private static bool TryReadStatus(string text, out StatusPattern status)
    {
        status = default;
        var parts = text.Split('.');
        if (parts is not [("4" or "5" or "x") and var first, var second, var third]) return false;
        if (!short.TryParse(second, NumberStyles.None, CultureInfo.InvariantCulture, out var subject)) return false;
        short detail = 0;
        if (third != "x" && !short.TryParse(third, NumberStyles.None, CultureInfo.InvariantCulture, out detail))
            return false;
        status = new StatusPattern(
            first == "x" ? null : (byte)(first[0] - '0'), subject, third == "x" ? null : detail);
        return true;
    }

    private static RecordedReply? ReadExample(string text)
    {
        var parts = text.Split(' ', 3);
        if (parts.Length < 2 || !Enum.TryParse<SmtpPhase>(parts[0], ignoreCase: true, out var phase)) return null;
        if (!TryReadCode(parts[1], out var code) || code < 400) return null;
        var words = parts.Length < 3 ? "" : parts[2];
        var end = words.IndexOf(' ', StringComparison.Ordinal);
        return EnhancedStatus.TryParse(end < 0 ? words : words[..end], out var status)
            ? new RecordedReply(phase, new SmtpReply(code, status, end < 0 ? "" : words[(end + 1)..]))
            : new RecordedReply(phase, new SmtpReply(code, null, words));
    }

    private static SettingsForm<T> Words<T>()
        where T : struct, Enum => SettingsForms.OneOf(
            [.. Enum.GetValues<T>().Select(
                value => (JsonNamingPolicy.SnakeCaseLower.ConvertName(value.ToString()), value))]);
}
