namespace Ekiden.Toml;

/// <summary>Guesses which word was meant.</summary>
public static class Spelling
{
    /// <summary>
    /// The known word that needs the fewest changes, at most one for every three letters; null when none is near.
    /// </summary>
    public static string? Nearest(string word, IEnumerable<string> known)
    {
        var plain = word.ToLowerInvariant().Replace('-', '_');
        string? best = null;
        var least = Math.Max(1, word.Length / 3) + 1;
        if (word.Length > 64) return null; // no setting is that long
        foreach (var candidate in known.Order(StringComparer.Ordinal))
        {
            var distance = Distance(plain, candidate);
            if (distance < least) (best, least) = (candidate, distance);
        }
        return best;
    }

    // Letters added, lost, replaced or swapped with their neighbour: optimal string alignment.
    private static int Distance(string from, string to)
    {
        var cost = new int[from.Length + 1, to.Length + 1];
        for (var i = 0; i <= from.Length; i++) cost[i, 0] = i;
        for (var j = 0; j <= to.Length; j++) cost[0, j] = j;
        for (var i = 1; i <= from.Length; i++)
        {
            for (var j = 1; j <= to.Length; j++)
            {
                var replaced = cost[i - 1, j - 1] + (from[i - 1] == to[j - 1] ? 0 : 1);
                cost[i, j] = Math.Min(replaced, Math.Min(cost[i - 1, j], cost[i, j - 1]) + 1);
                var isSwap = i > 1 && j > 1 && from[i - 1] == to[j - 2] && from[i - 2] == to[j - 1];
                if (isSwap) cost[i, j] = Math.Min(cost[i, j], cost[i - 2, j - 2] + 1);
            }
        }
        return cost[from.Length, to.Length];
    }
}
