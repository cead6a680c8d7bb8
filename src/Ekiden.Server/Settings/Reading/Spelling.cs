namespace Ekiden.Server.Settings.Reading;

/// <summary>Guesses which word was meant.</summary>
internal static class Spelling
{
    /// <summary>The known word that needs the fewest changes, at most one for every three letters; null when none is near.</summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var plain = word.ToLowerInvariant().Replace('-', '_');
        string? best = null;
        var least = Math.Max(1, word.Length / 3) + 1;
        foreach (var candidate in known.Order(StringComparer.Ordinal))
        {
            var distance = Distance(plain, candidate);
            if (distance < least) (best, least) = (candidate, distance);
        }
        return best;
    }

    // Levenshtein's distance, one row at a time.
    private static int Distance(string from, string to)
    {
        var row = new int[to.Length + 1];
        for (var j = 0; j <= to.Length; j++) row[j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            var diagonal = row[0];
            row[0] = i;
            for (var j = 1; j <= to.Length; j++)
            {
                var above = row[j];
                var replaced = diagonal + (from[i - 1] == to[j - 1] ? 0 : 1);
                row[j] = Math.Min(replaced, Math.Min(above, row[j - 1]) + 1);
                diagonal = above;
            }
        }
        return row[to.Length];
    }
}
