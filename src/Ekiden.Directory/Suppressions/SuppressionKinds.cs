using System.Text.Json;

namespace Ekiden.Directory.Suppressions;

/// <summary>The words for <see cref="SuppressionKind"/>.</summary>
public static class SuppressionKinds
{
    private static readonly (SuppressionKind Kind, string Word)[] Words =
        [.. Enum.GetValues<SuppressionKind>().Select(kind =>
            (kind, JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString())))];

    /// <summary>Every word, for messages about a wrong one.</summary>
    public static IEnumerable<string> AllWords => Words.Select(entry => entry.Word);

    /// <summary>The word, such as <c>hard_bounce</c>.</summary>
    public static string Word(this SuppressionKind kind) => Array.Find(Words, entry => entry.Kind == kind).Word;

    /// <summary>The kind of a word; false when there is none.</summary>
    public static bool TryParse(string word, out SuppressionKind kind)
    {
        kind = Array.Find(Words, entry => entry.Word == word).Kind;
        return kind != default;
    }
}
