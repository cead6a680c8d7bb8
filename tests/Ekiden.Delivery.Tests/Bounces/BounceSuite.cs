using System.Text;
using System.Text.Json;
using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>The collected mails that came back, and what is right for each: tests/data/bounces-sisimai.</summary>
internal static class BounceSuite
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "data", "bounces-sisimai");

    private static readonly Dictionary<string, string> Classes =
        JsonSerializer.Deserialize<Dictionary<string, string>>(
            File.ReadAllText(Path.Combine(Folder, "reason_map.json")))!; // it is an object

    /// <summary>Every mail, in the order of names.</summary>
    public static IReadOnlyList<BounceCase> All { get; } = ReadAll();

    /// <summary>Ordinary mails.</summary>
    public static IEnumerable<byte[]> NoBounces =>
        System.IO.Directory.EnumerateFiles(Path.Combine(Folder, "not-a-bounce")).Select(File.ReadAllBytes);

    /// <summary>The broad class of a reason.</summary>
    public static string ClassOf(string reason) => Classes.GetValueOrDefault(reason, reason);

    /// <summary>The same mail with other line ends.</summary>
    public static byte[] WithLineEnds(byte[] mail, string end) =>
        Encoding.Latin1.GetBytes(Encoding.Latin1.GetString(mail).Replace("\n", end, StringComparison.Ordinal));

    private static List<BounceCase> ReadAll()
    {
        using var expected = JsonDocument.Parse(File.ReadAllText(Path.Combine(Folder, "expected.json")));
        var cases = new List<BounceCase>();
        foreach (var entry in expected.RootElement.EnumerateObject().OrderBy(one => one.Name, StringComparer.Ordinal))
        {
            var results = entry.Value.GetProperty("results").EnumerateArray().Select(ReadChoices).ToList();
            var recipients = entry.Value.GetProperty("recipients_in_dsn").EnumerateArray()
                .Select(item => item.GetString()!).ToList();
            var mail = File.ReadAllBytes(Path.Combine(Folder, "eml", entry.Name));
            cases.Add(new BounceCase(entry.Name, mail, results, recipients, cases.Count % 5 == 4));
        }
        return cases;
    }

    private static List<ExpectedBounce> ReadChoices(JsonElement result) =>
        result.TryGetProperty("any_of", out var any)
            ? [.. any.EnumerateArray().Select(ReadOne)] : [ReadOne(result)];

    private static ExpectedBounce ReadOne(JsonElement result) => new(
        result.GetProperty("status").GetString()!,
        result.GetProperty("replycode").GetString()!,
        result.GetProperty("reason").GetString()!,
        result.GetProperty("hard").GetBoolean(),
        result.GetProperty("feedback").GetString()!);
}

/// <summary>One mail.</summary>
/// <param name="IsHeldOut">Every fifth: the words of the first run were written without looking at it.</param>
internal sealed record BounceCase(
    string Name, byte[] Mail, List<List<ExpectedBounce>> Results, List<string> Recipients, bool IsHeldOut);

/// <summary>What is right for one recipient.</summary>
internal sealed record ExpectedBounce(string Status, string ReplyCode, string Reason, bool IsHard, string Feedback)
{
    // The collection's own details, for mails that name none, tell the class alone.
    public bool IsStatus(string status) =>
        Status.Length == 0 || (Status.Contains(".0.9", StringComparison.Ordinal)
            ? status.StartsWith(Status[0]) : status == Status);
}

/// <summary>How many of some mails are read as is right.</summary>
internal sealed class BounceScore
{
    private readonly SortedDictionary<string, (int Right, int All)> _classes = new(StringComparer.Ordinal);

    public int Mails { get; private set; }

    public int Results { get; private set; }

    public int Counts { get; private set; }

    public int RecipientMails { get; private set; }

    public int Recipients { get; private set; }

    public int Statuses { get; private set; }

    public int ReplyCodes { get; private set; }

    public int Hardness { get; private set; }

    public int Classes { get; private set; }

    public int Reasons { get; private set; }

    public IReadOnlyDictionary<string, (int Right, int All)> ByClass => _classes;

    public List<string> Misses { get; } = [];

    public static BounceScore Of(IEnumerable<BounceCase> cases, string lineEnd)
    {
        var score = new BounceScore();
        foreach (var one in cases)
            score.Add(one, BounceReader.Read(BounceSuite.WithLineEnds(one.Mail, lineEnd), ProviderPacks.BuiltIn));
        return score;
    }

    public void Add(BounceCase one, BounceReport report)
    {
        Mails++;
        var count = report.Results.Length;
        if (Check(one, "count", count == one.Results.Count, $"{count} of {one.Results.Count}")) Counts++;
        if (one.Recipients.Count > 0)
        {
            RecipientMails++;
            var found = report.Results.Select(result => result.Recipient).ToList();
            var isRight = found.Count > 0 && found.All(one.Recipients.Contains!);
            if (Check(one, "recipient", isRight, $"{string.Join(' ', found)} for {string.Join(' ', one.Recipients)}"))
                Recipients++;
        }
        for (var i = 0; i < one.Results.Count; i++)
            AddResult(one, one.Results[i], i < report.Results.Length ? report.Results[i] : null);
    }

    private void AddResult(BounceCase one, List<ExpectedBounce> expected, BounceResult? result)
    {
        Results++;
        var status = result?.Status?.ToString() ?? "";
        var code = result?.ReplyCode?.ToString(System.Globalization.CultureInfo.InvariantCulture) ?? "";
        var reason = result?.Reason.Word ?? "";
        var first = expected[0];
        var told = $"{status} {code} {reason}: {result?.Diagnostic}";
        if (Check(one, "status", expected.Any(e => e.IsStatus(status)), $"{first.Status} is {told}")) Statuses++;
        if (Check(one, "code", expected.Any(e => e.ReplyCode == code), $"{first.ReplyCode} is {told}")) ReplyCodes++;
        var isHard = result?.IsHard ?? false;
        if (Check(one, "hard", expected.Any(e => e.IsHard == isHard), $"{first.IsHard} {first.Reason} is {told}"))
            Hardness++;
        if (expected.Any(e => e.Reason == reason)) Reasons++;
        var known = BounceSuite.ClassOf(reason);
        var type = result?.FeedbackType ?? "";
        var isRight = expected.Any(e => BounceSuite.ClassOf(e.Reason) == known && e.Feedback == type);
        if (Check(one, "class", isRight, $"{first.Reason} is {told}")) Classes++;
        var name = BounceSuite.ClassOf(first.Reason);
        var (right, all) = _classes.GetValueOrDefault(name);
        _classes[name] = (right + (isRight ? 1 : 0), all + 1);
    }

    private bool Check(BounceCase one, string what, bool isRight, string told)
    {
        if (!isRight) Misses.Add($"{(one.IsHeldOut ? "held " : "")}{one.Name} {what}: {told}");
        return isRight;
    }
}
