using System.Text.RegularExpressions;

namespace Ekiden.Architecture.Tests;

/// <summary>How files look: STYLE §5 to §8, as far as neither compiler nor analyzer checks it.</summary>
public sealed partial class SourceTests
{
    private const int MaxFileLines = 500;
    private const int MaxLineLength = 120;

    private static readonly string[] MeaninglessFolders = ["Helpers", "Utils", "Common", "Managers", "Services"];

    // Migrations are written by EF Core's tool.
    private static IEnumerable<string> Ours => Repository.Sources("src", "tests", "bench")
        .Where(file => !file.Contains("/Migrations/", StringComparison.Ordinal));

    private static IEnumerable<string> Product => Ours.Where(file => file.StartsWith("src/", StringComparison.Ordinal));

    [Fact]
    public void No_file_is_longer_than_500_lines() => Repository.AssertNone(
        from file in Ours
        let lines = Repository.Lines(file).Length
        where lines > MaxFileLines
        select $"{file}: {lines} lines",
        "Split it by idea (not into partial classes): 300 lines is normal.");

    // A row of test data is a line, however long.
    [Fact]
    public void No_line_is_longer_than_120_characters() => Repository.AssertNone(
        from file in Ours
        from line in Repository.Lines(file).Index()
        where line.Item.Length > MaxLineLength
        where !line.Item.TrimStart().StartsWith("[InlineData(", StringComparison.Ordinal)
        select $"{file}:{line.Index + 1}: {line.Item.Length} characters",
        "Break the line:");

    [Fact]
    public void Folders_are_named_after_things_of_the_field() => Repository.AssertNone(
        from file in Repository.Files
        from folder in Path.GetDirectoryName(file)!.Split('/') // never null: files are relative
        where MeaninglessFolders.Contains(folder)
        select file,
        "Name the folder after what is in it, in the field's words:");

    [Fact]
    public void A_namespace_is_the_path_of_its_folder() => Repository.AssertNone(
        from file in Product
        let match = NamespaceLine().Match(Repository.Text(file))
        where match.Success && match.Groups[1].Value != NamespaceOf(file)
        select $"{file}: namespace {match.Groups[1].Value}",
        "Move the file or rename the namespace:");

    // STYLE §5. What a class or interface hands in and out (records, enums, its exceptions) may stand beside it.
    [Fact]
    public void A_file_holds_one_class_or_interface() => Repository.AssertNone(
        from file in Product
        let types = TypeLine().Matches(Repository.Text(file)).Select(match => match.Groups[1].Value)
            .Where(name => !name.EndsWith("Exception", StringComparison.Ordinal)).Distinct().ToList()
        where types.Count > 1
        select $"{file}: {string.Join(", ", types)}",
        "Give each a file of its name:");

    [Fact]
    public void No_exception_is_swallowed_without_a_word() => Repository.AssertNone(
        from file in Ours
        from Match match in EmptyCatch().Matches(Repository.Text(file))
        select $"{file}:{LineOf(file, match.Index)}: {match.Value.ReplaceLineEndings(" ")}",
        "Catch where you can act, and log; or say in the braces why nothing is to be done (never for all of them):");

    [Fact]
    public void Comments_hold_no_to_do_without_an_issue_number() => Repository.AssertNone(
        from file in Ours
        from line in Repository.Lines(file).Index()
        where ToDo().IsMatch(line.Item)
        select $"{file}:{line.Index + 1}: {line.Item.Trim()}",
        "Do it, or file an issue and write its number beside it:");

    [Fact]
    public void There_are_no_regions_and_no_goto() => Repository.AssertNone(
        from file in Ours
        from line in Repository.Lines(file).Index()
        where RegionOrGoto().IsMatch(line.Item)
        select $"{file}:{line.Index + 1}: {line.Item.Trim()}",
        "Split the file, or write the loop:");

    // reliability.md §4.4: what the runtime's own calls promise is not durable.
    [Fact]
    public void The_journal_relies_on_no_call_that_hides_a_failed_flush() => Repository.AssertNone(
        from file in Repository.Sources("src/Ekiden.Spool")
        from line in Repository.Lines(file).Index()
        where NotDurable().IsMatch(line.Item)
        select $"{file}:{line.Index + 1}: {line.Item.Trim()}",
        "Use IDisk, whose calls fail when the system's call fails:");

    private static string NamespaceOf(string file) =>
        Path.GetDirectoryName(file)!["src/".Length..].Replace('/', '.'); // never null: files are relative

    private static int LineOf(string file, int offset) => Repository.Text(file).AsSpan(0, offset).Count('\n') + 1;

    [GeneratedRegex(@"^namespace ([\w.]+);", RegexOptions.Multiline)]
    private static partial Regex NamespaceLine();

    [GeneratedRegex(@"^(?:public |internal )?(?:static |sealed |abstract |partial |unsafe )*(?:class|interface) (\w+)",
        RegexOptions.Multiline)]
    private static partial Regex TypeLine();

    [GeneratedRegex(
        @"catch\s*(?:\(\s*(?:System\.)?Exception\b[^)]*\)\s*)?\{(?:\s|//[^\n]*\n)*\}" +
        @"|catch\s*\([^{]*\)\s*\{\s*\}")]
    private static partial Regex EmptyCatch();

    [GeneratedRegex(@"\b(?:TO[D]O|FIX[M]E|HA[C]K|X[X]X)\b(?!.*#\d)")]
    private static partial Regex ToDo();

    [GeneratedRegex(@"^\s*(?:#region\b|goto (?!case\b|default\b)\w+;)")]
    private static partial Regex RegionOrGoto();

    [GeneratedRegex(
        @"\bFlushToDisk\(|\.Flush\((?:flushToDisk: )?true\)|FileOptions\.WriteThrough|\bFile\.(?:Move|Replace)\(")]
    private static partial Regex NotDurable();
}
