using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Toml;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>The words that the reader knows.</summary>
public sealed class BounceWordsTests
{
    // delivery.md A6: what cannot match what it was written for is an error and not a surprise.
    [Fact]
    public void Every_phrase_and_every_rule_takes_its_own_examples()
    {
        var problems = new SettingsProblems();
        using var stream = typeof(BounceWords).Assembly.GetManifestResourceStream(BounceWords.Resource)!;
        using var reader = new StreamReader(stream);

        var words = BounceWords.Read(reader.ReadToEnd(), BounceWords.Resource, problems, check: true);

        Assert.True(problems.All.Count == 0, string.Join("\n", problems.All));
        Assert.NotNull(words);
    }
}
