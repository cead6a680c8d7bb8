using System.Text.RegularExpressions;

namespace Ekiden.Architecture.Tests;

/// <summary>Which project may use which: STYLE §3, kept as a table in <c>docs/architecture.md</c>.</summary>
public sealed partial class ProjectTests
{
    [Fact]
    public void Every_project_of_the_product_has_a_row_in_the_table_of_arrows() => Repository.AssertNone(
        ProjectFile.Product.Select(project => project.Name).Where(name => !ArrowTable.Rows.ContainsKey(name)),
        $"Add a row to the table in {ArrowTable.File}, or make it a folder of a project that is there:");

    [Fact]
    public void A_project_refers_to_no_project_that_its_arrows_do_not_allow() => Repository.AssertNone(
        from project in ProjectFile.Product
        from used in project.Projects
        where !MayUse(project.Name, used)
        select $"{project.Name} -> {used}",
        $"Turn the dependency round (an interface belongs to its caller), or change the table in {ArrowTable.File}:");

    // References are passed on by the compiler, so that a forbidden arrow needs no line in the project file. The
    // executable is where everything is put together.
    [Fact]
    public void Code_names_no_project_that_its_arrows_do_not_allow() => Repository.AssertNone(
        from project in ProjectFile.Product
        where project.Name != "Ekiden"
        from file in Repository.Sources("src/" + project.Name)
        from Match used in NamedProject().Matches(Repository.Text(file))
        where used.Groups[1].Value != project.Name && !MayUse(project.Name, used.Groups[1].Value)
        select $"{file}: {used.Value}",
        $"Turn the dependency round (an interface belongs to its caller), or change the table in {ArrowTable.File}:");

    [Fact]
    public void A_project_refers_to_no_package_that_its_row_does_not_allow() => Repository.AssertNone(
        from project in ProjectFile.Product
        from package in project.Packages
        where !ArrowTable.Rows.TryGetValue(project.Name, out var row) || !row.Packages.Contains(package)
        select $"{project.Name} -> {package}",
        $"A new package needs a page in docs/decisions and a place in the table of {ArrowTable.File}:");

    [Fact]
    public void Every_project_is_in_the_solution()
    {
        var solution = Repository.Text("Ekiden.slnx");
        Repository.AssertNone(
            ProjectFile.All.Where(project => !solution.Contains($"\"{project.Path}\"", StringComparison.Ordinal))
                .Select(project => project.Path),
            "Add it to Ekiden.slnx, or neither ./test.sh nor an editor builds it:");
    }

    [Fact]
    public void Every_project_of_the_product_has_a_test_project() => Repository.AssertNone(
        ProjectFile.Product
            .Where(project => project.Name is not ("Ekiden" or "Ekiden.Contracts")) // EndToEnd and Server test these
            .Where(project => ProjectFile.All.All(other => other.Name != project.Name + ".Tests"))
            .Select(project => project.Name),
        "Add tests/<name>.Tests:");

    private static bool MayUse(string project, string used) =>
        ArrowTable.Rows.TryGetValue(project, out var row) && row.MayUse.Contains(used);

    [GeneratedRegex(@"^\s*(?:global )?using (?:static |\w+ = )?(Ekiden\.\w+)[\w.]*;", RegexOptions.Multiline)]
    private static partial Regex NamedProject();
}
