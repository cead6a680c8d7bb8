using Ekiden.Delivery.Bounces.Reading;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>The reader against a collection of mails that came back over 25 years.</summary>
public sealed class BounceSuiteTests(ITestOutputHelper output)
{
    // The collection has LF; mail has CRLF; and programs have made CR of it.
    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void The_collected_bounces_are_understood_whatever_ends_their_lines(string lineEnd)
    {
        var score = BounceScore.Of(BounceSuite.All, lineEnd);

        foreach (var miss in score.Misses) output.WriteLine(miss);
        output.WriteLine(Line("all", score));
        output.WriteLine(Line("every fifth", BounceScore.Of(BounceSuite.All.Where(one => one.IsHeldOut), lineEnd)));
        Assert.InRange(score.Recipients, Share(0.97, score.RecipientMails), score.RecipientMails);
        Assert.InRange(score.Counts, Share(0.97, score.Mails), score.Mails);
        Assert.InRange(score.Statuses, Share(0.95, score.Results), score.Results);
        Assert.InRange(score.Hardness, Share(0.97, score.Results), score.Results);
        Assert.InRange(score.Classes, Share(0.90, score.Results), score.Results);
    }

    [Theory]
    [InlineData("\n")]
    [InlineData("\r\n")]
    [InlineData("\r")]
    public void An_ordinary_mail_is_no_bounce(string lineEnd)
    {
        foreach (var mail in BounceSuite.NoBounces)
            Assert.Equal(BounceKind.Mail, BounceReader.Read(BounceSuite.WithLineEnds(mail, lineEnd)).Kind);
    }

    private static int Share(double share, int all) => (int)Math.Ceiling(share * all);

    private static string Line(string name, BounceScore score) => string.Create(
        System.Globalization.CultureInfo.InvariantCulture,
        $"{name}: recipient {score.Recipients}/{score.RecipientMails} count {score.Counts}/{score.Mails} "
        + $"status {score.Statuses}/{score.Results} code {score.ReplyCodes} hard {score.Hardness} "
        + $"class {score.Classes} reason {score.Reasons}");
}
