using System.Collections.Frozen;
using System.Collections.Immutable;
using Ekiden.Delivery.Providers;
using Ekiden.Smtp.Client;
using Ekiden.Toml;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>
/// The words of the many programs that return mail: data in <c>bounces.toml</c>, each with examples that it is held
/// against.
/// </summary>
internal sealed class BounceWords
{
    /// <summary>The resource of the program's own words.</summary>
    public const string Resource = "bounces/bounces.toml";

    private static readonly Lazy<BounceWords> FromProgram = new(ReadBuiltIn);

    private static readonly SettingsForm<PhraseUse> Use = SettingsForms.OneOf(
        [.. Enum.GetValues<PhraseUse>().Select(value => (value.ToString().ToLowerInvariant(), value))]);

    private readonly FrozenDictionary<PhraseUse, ImmutableArray<BouncePhrase>> _byUse;

    private BounceWords(ImmutableArray<BouncePhrase> phrases, ImmutableArray<ReplyRule> rules)
    {
        _byUse = phrases.GroupBy(phrase => phrase.Use)
            .ToFrozenDictionary(group => group.Key, group => group.ToImmutableArray());
        Rules = rules;
    }

    /// <summary>Those that come with the program.</summary>
    public static BounceWords BuiltIn => FromProgram.Value;

    /// <summary>What programs write without a server's reply.</summary>
    public ImmutableArray<ReplyRule> Rules { get; }

    /// <summary>One of the phrases for this use is in the text.</summary>
    public bool Has(PhraseUse use, string text)
    {
        if (!_byUse.TryGetValue(use, out var phrases)) return false;
        foreach (var phrase in phrases)
        {
            if (phrase.IsIn(text)) return true;
        }
        return false;
    }

    /// <summary>Where in the conversation a text says that the server spoke; null when it does not.</summary>
    public SmtpPhase? PhaseOf(string text) =>
        Has(PhraseUse.Rcpt, text) ? SmtpPhase.Rcpt
        : Has(PhraseUse.Eom, text) ? SmtpPhase.Eom
        : Has(PhraseUse.Mail, text) ? SmtpPhase.Mail
        : Has(PhraseUse.Ehlo, text) ? SmtpPhase.Ehlo
        : Has(PhraseUse.Connect, text) ? SmtpPhase.Connect
        : null;

    /// <summary>Reads a file of words; null when there is any error.</summary>
    /// <param name="check">Holds everything against its examples.</param>
    public static BounceWords? Read(string text, string source, SettingsProblems problems, bool check)
    {
        if (TomlReader.Read(text, source, problems) is not { } table) return null;
        var root = new SettingsSection(table, "", problems);
        root.Get("version", SettingsForms.Whole(1), 1);
        var phrases = root.Sections("phrase").Select(section => ReadPhrase(section, check)).OfType<BouncePhrase>()
            .ToImmutableArray();
        var rules = RuleReader.ReadAll(root, "bounces", check);
        root.Finish();
        return problems.HasErrors ? null : new BounceWords(phrases, rules);
    }

    private static BouncePhrase? ReadPhrase(SettingsSection section, bool check)
    {
        var name = section.Require("name", SettingsForms.Text);
        var use = section.FindValue("use", Use);
        if (!section.Has("use")) section.Error("use", $"is missing; expected {Use.Expected}");
        var words = section.List("text", SettingsForms.Text);
        var pattern = section.Find("pattern", SettingsForms.Text) is { } found ? new TextPattern(found) : null;
        var examples = section.List("examples", SettingsForms.Text);
        section.Finish();
        if (words.IsEmpty) section.Error("text", "is missing");
        if (examples.IsEmpty) section.Error("examples", "is missing: a phrase is held against what was written");
        if (name is null || use is not { } known || words.IsEmpty) return null;
        if (check && pattern?.Mistake() is { } mistake)
        {
            section.Error("pattern", $"is no pattern that can be used: {mistake}");
            return null;
        }
        var phrase = new BouncePhrase(name, known, words, pattern, examples);
        foreach (var example in check ? examples : [])
        {
            if (!phrase.IsIn(example))
                section.Error("examples", $"the phrase does not match its own example \"{example}\"");
        }
        return phrase;
    }

    private static BounceWords ReadBuiltIn()
    {
        using var stream = typeof(BounceWords).Assembly.GetManifestResourceStream(Resource)!; // embedded by the project
        using var reader = new StreamReader(stream);
        var problems = new SettingsProblems();
        return Read(reader.ReadToEnd(), Resource, problems, check: false)
            ?? throw new InvalidOperationException(string.Join('\n', problems.All));
    }
}
