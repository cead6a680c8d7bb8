namespace Ekiden.Architecture.Tests;

/// <summary>The table of <c>docs/architecture.md</c>: which project may use which, and which packages.</summary>
internal static class ArrowTable
{
    public const string File = "docs/architecture.md";

    /// <summary>One row: a project and what it may use. Projects are named without their <c>Ekiden.</c>.</summary>
    internal sealed record Row(string Project, IReadOnlySet<string> MayUse, IReadOnlySet<string> Packages);

    /// <summary>The rows by project name, such as <c>Ekiden.Smtp</c>.</summary>
    public static IReadOnlyDictionary<string, Row> Rows { get; } = Read();

    private static Dictionary<string, Row> Read()
    {
        var rows = Repository.Lines(File)
            .SkipWhile(line => !line.StartsWith("| project | may use |", StringComparison.Ordinal))
            .Skip(2)
            .TakeWhile(line => line.StartsWith('|'))
            .Select(line => line.Split('|', StringSplitOptions.TrimEntries))
            .Select(cells => new Row(FullName(cells[1]), Words(cells[2], FullName), Words(cells[3], name => name)));
        return rows.ToDictionary(row => row.Project);
    }

    private static string FullName(string name) => name == "Ekiden" ? name : "Ekiden." + name;

    private static HashSet<string> Words(string cell, Func<string, string> name) =>
        [.. cell.Split(',', StringSplitOptions.TrimEntries).Where(word => word is not ("" or "–")).Select(name)];
}
