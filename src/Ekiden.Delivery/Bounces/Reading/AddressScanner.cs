using System.Buffers;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>Finds addresses in words, as people read them: quick, and forgiving about what is around.</summary>
internal static class AddressScanner
{
    private static readonly SearchValues<char> LocalLetters = SearchValues.Create(
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-/=?^_`{|}~.");

    /// <summary>One address in a text.</summary>
    /// <param name="Address">In lower case.</param>
    /// <param name="From">Where it begins, brackets not counted.</param>
    /// <param name="To">After its last letter.</param>
    public readonly record struct Found(string Address, int From, int To);

    /// <summary>Every address, in its order.</summary>
    public static IEnumerable<Found> FindAll(string text)
    {
        var at = 0;
        while ((at = text.IndexOf('@', at)) >= 0)
        {
            if (TryRead(text, at) is { } found)
            {
                yield return found;
                at = Math.Max(at + 1, found.To);
            }
            else
            {
                at++;
            }
        }
    }

    /// <summary>The first address; null when there is none.</summary>
    public static string? First(string text)
    {
        foreach (var found in FindAll(text)) return found.Address;
        return null;
    }

    private static Found? TryRead(string text, int at)
    {
        var to = EndOfDomain(text, at + 1);
        var domain = text.AsSpan(at + 1, to - at - 1);
        if (!domain.StartsWith("[") && !domain.Contains('.')) return null;
        var from = StartOfLocalPart(text, at);
        if (from == at || at - from > 128 || domain.Length > 255) return null;
        return new Found(text[from..to].ToLowerInvariant(), from, to);
    }

    private static int EndOfDomain(string text, int from)
    {
        if (from < text.Length && text[from] == '[')
        {
            var close = text.IndexOf(']', from);
            return close < 0 ? from : close + 1;
        }
        var to = from;
        while (to < text.Length && (char.IsAsciiLetterOrDigit(text[to]) || text[to] is '.' or '-' or '_'
            || (text[to] > '\u00a0' && char.IsLetterOrDigit(text[to]))))
        {
            to++;
        }
        while (to > from && text[to - 1] is '.' or '-' or '_') to--;
        return to;
    }

    private static int StartOfLocalPart(string text, int at)
    {
        if (at > 0 && text[at - 1] == '"')
        {
            var open = at > 1 ? text.LastIndexOf('"', at - 2, Math.Min(at - 1, 66)) : -1;
            return open < 0 ? at : open;
        }
        var from = at;
        while (from > 0 && (LocalLetters.Contains(text[from - 1])
            || (text[from - 1] > '\u00ff' && char.IsLetterOrDigit(text[from - 1]))))
        {
            from--;
        }
        // Quotes and dots that belong to the sentence; what a header or a link has before it.
        while (from < at && text[from] is '\'' or '`' or '.' or '*' or '|') from++;
        return from;
    }
}
