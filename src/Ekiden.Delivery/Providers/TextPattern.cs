using System.Text.RegularExpressions;

namespace Ekiden.Delivery.Providers;

/// <summary>
/// A regular expression of a pack, in any case of letters. It is built when a reply first needs it: that takes
/// milliseconds, and most are never needed.
/// </summary>
/// <param name="text">Without look-around and back-references, so that it takes time linear in the reply.</param>
public sealed class TextPattern(string text)
{
    // For a machine that stands still, not for the pattern: the text is short and the match linear.
    private static readonly TimeSpan MatchTimeout = TimeSpan.FromSeconds(5);

    private readonly Lazy<Regex> _regex = new(() => Build(text));

    /// <summary>As it is written.</summary>
    public override string ToString() => text;

    /// <summary>It is found in the text. A match that takes too long is none.</summary>
    internal bool IsMatch(string words)
    {
        try
        {
            return _regex.Value.IsMatch(words);
        }
        catch (RegexMatchTimeoutException)
        {
            return false;
        }
    }

    /// <summary>What is wrong with the expression; null when nothing is.</summary>
    internal string? Mistake()
    {
        try
        {
            _ = _regex.Value;
            return null;
        }
        catch (Exception wrong) when (wrong is ArgumentException or NotSupportedException)
        {
            return wrong.Message;
        }
    }

    private static Regex Build(string text) => new(
        text, RegexOptions.NonBacktracking | RegexOptions.IgnoreCase | RegexOptions.CultureInvariant, MatchTimeout);
}
