using System.Text.RegularExpressions;
using System.Xml.Linq;

namespace Ekiden.Architecture.Tests;

/// <summary>Settings of the whole build that must not fade away: STYLE §12, reliability.md §5.5.</summary>
public sealed partial class BuildSettingTests
{
    // Package hosts in pieces: this file is read by the test, too.
    private static readonly string[] PackageHosts =
        ["nuget" + ".org", "npmjs" + ".org", "npmjs" + ".com", "pypi" + ".org", "deb.debian" + ".org"];

    private static readonly string[] PicturesAndData = [".png", ".ico", ".gz", ".bin", ".eml", ".pfx"];

    [Fact]
    public void Warnings_are_errors_everywhere()
    {
        var settings = XDocument.Parse(Repository.Text("Directory.Build.props"));
        Assert.Equal("true", Assert.Single(settings.Descendants("TreatWarningsAsErrors")).Value);
        Repository.AssertNone(
            from project in ProjectFile.All
            where WarningSwitch().IsMatch(Repository.Text(project.Path))
            select project.Path,
            "A rule that is off for all is off in .editorconfig, with its reason; one place is suppressed there:");
    }

    [Fact]
    public void Every_version_of_a_package_stands_once_in_Directory_Packages_props() => Repository.AssertNone(
        from project in ProjectFile.All
        from item in XDocument.Parse(Repository.Text(project.Path)).Descendants("PackageReference")
        where item.Attribute("Version") is not null || item.Attribute("VersionOverride") is not null
        select $"{project.Path}: {item.Attribute("Include")?.Value}",
        "Put the version into Directory.Packages.props:");

    [Fact]
    public void A_banned_symbol_has_its_reason() => Repository.AssertNone(
        Repository.Lines("eng/BannedSymbols.txt").Where(line => !line.Contains("; ", StringComparison.Ordinal)),
        "Say in eng/BannedSymbols.txt, behind a semicolon, what to use instead and why:");

    [Fact]
    public void No_file_names_a_folder_of_one_machine_or_a_package_host() => Repository.AssertNone(
        from file in Repository.Files
        where !PicturesAndData.Contains(Path.GetExtension(file))
        where !file.StartsWith("tests/data/", StringComparison.Ordinal)
        where !file.StartsWith("tests/cases/", StringComparison.Ordinal)
        from line in Repository.Lines(file).Index()
        where MachinePath().IsMatch(line.Item)
            || PackageHosts.Any(host => line.Item.Contains(host, StringComparison.OrdinalIgnoreCase))
        select $"{file}:{line.Index + 1}: {line.Item.Trim()}",
        "Say it without the machine: relative paths, temporary folders, packages by name:");

    [GeneratedRegex("<(?:NoWarn|TreatWarningsAsErrors|WarningsNotAsErrors|RunAnalyzers|Nullable)>")]
    private static partial Regex WarningSwitch();

    [GeneratedRegex(@"(?<![\w$}/.*])/(?:work|root|home/\w+)/")]
    private static partial Regex MachinePath();
}
