using System.Xml.Linq;

namespace Ekiden.Architecture.Tests;

/// <summary>What one <c>.csproj</c> says: its references, by the names of projects and packages.</summary>
internal sealed record ProjectFile(
    string Name, string Path, IReadOnlyList<string> Projects, IReadOnlyList<string> Packages)
{
    public static IReadOnlyList<ProjectFile> All { get; } =
        [.. Repository.Files.Where(file => file.EndsWith(".csproj", StringComparison.Ordinal)).Select(Read)];

    /// <summary>The projects of the product.</summary>
    public static IEnumerable<ProjectFile> Product =>
        All.Where(project => project.Path.StartsWith("src/", StringComparison.Ordinal));

    private static ProjectFile Read(string path)
    {
        var document = XDocument.Parse(Repository.Text(path));
        return new ProjectFile(
            System.IO.Path.GetFileNameWithoutExtension(path),
            path,
            [.. Included("ProjectReference").Select(used => System.IO.Path.GetFileNameWithoutExtension(used))],
            [.. Included("PackageReference"), .. Included("FrameworkReference")]);

        IEnumerable<string> Included(string element) =>
            document.Descendants(element).Select(item => item.Attribute("Include")!.Value); // MSBuild demands one
    }
}
