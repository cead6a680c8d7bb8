using System.Globalization;
using System.Text;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>The figures of docs/bounces.md are those of the reader.</summary>
public sealed class BounceDocsTests
{
    private const string Begin = "<!-- scores: EKIDEN_WRITE_DOCS=1 and BounceDocsTests write this -->\n";
    private const string End = "<!-- end of scores -->";

    [Fact]
    public void The_scores_in_the_documentation_are_those_of_the_reader()
    {
        var path = PathOfDocs();
        var page = File.ReadAllText(path);
        var from = page.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        var to = page.IndexOf(End, StringComparison.Ordinal);
        var written = page[..from] + Tables() + page[to..];

        if (Environment.GetEnvironmentVariable("EKIDEN_WRITE_DOCS") == "1") File.WriteAllText(path, written);

        Assert.Equal(written, File.ReadAllText(path));
    }

    private static string PathOfDocs()
    {
        for (var folder = AppContext.BaseDirectory; folder is not null; folder = Path.GetDirectoryName(folder))
        {
            if (File.Exists(Path.Combine(folder, "Ekiden.slnx"))) return Path.Combine(folder, "docs", "bounces.md");
        }
        throw new InvalidOperationException("no repository above the tests");
    }

    private static string Tables()
    {
        var all = BounceScore.Of(BounceSuite.All, "\r\n");
        var held = BounceScore.Of(BounceSuite.All.Where(one => one.IsHeldOut), "\r\n");
        var text = new StringBuilder("\n| right | all | every fifth |\n|---|--:|--:|\n");
        Row("recipient", score => (score.Recipients, score.RecipientMails));
        Row("count of recipients", score => (score.Counts, score.Mails));
        Row("status", score => (score.Statuses, score.Results));
        Row("hard or soft", score => (score.Hardness, score.Results));
        Row("class", score => (score.Classes, score.Results));
        Row("reason in Sisimai's word", score => (score.Reasons, score.Results));
        text.Append("\n| class | right | of |\n|---|--:|--:|\n");
        foreach (var (name, (right, count)) in all.ByClass) text.Append(null, $"| {name} | {right} | {count} |\n");
        return text.Append('\n').ToString();

        void Row(string name, Func<BounceScore, (int Right, int All)> of) =>
            text.Append(null, $"| {name} | {Share(of(all))} | {Share(of(held))} |\n");
    }

    private static string Share((int Right, int All) score) =>
        string.Create(
            CultureInfo.InvariantCulture, $"{100.0 * score.Right / score.All:0.0} % ({score.Right}/{score.All})");
}
