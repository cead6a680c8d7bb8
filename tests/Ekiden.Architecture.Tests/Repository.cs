namespace Ekiden.Architecture.Tests;

/// <summary>The checkout these tests were built from: its files, without what a build leaves behind.</summary>
internal static class Repository
{
    private static readonly string[] NotOurs = [".git", ".vs", ".idea", "artifacts", "TestResults", "ekiden-data"];

    /// <summary>The folder that holds <c>Ekiden.slnx</c>.</summary>
    public static string Root { get; } = FindRoot();

    /// <summary>Every file of the checkout, its path relative to <see cref="Root"/>, with slashes.</summary>
    public static IReadOnlyList<string> Files { get; } = [.. Walk(Root).Order(StringComparer.Ordinal)];

    /// <summary>The C# files below some folders of the root.</summary>
    public static IEnumerable<string> Sources(params string[] folders) => Files
        .Where(file => file.EndsWith(".cs", StringComparison.Ordinal))
        .Where(file => folders.Any(folder => file.StartsWith(folder + "/", StringComparison.Ordinal)));

    public static string Text(string file) => File.ReadAllText(Path.Combine(Root, file));

    public static string[] Lines(string file) => File.ReadAllLines(Path.Combine(Root, file));

    /// <summary>Fails with every broken place and with what to do, if there is one.</summary>
    public static void AssertNone(IEnumerable<string> broken, string whatToDo)
    {
        var places = broken.ToList();
        Assert.True(places.Count == 0, $"{whatToDo}\n  {string.Join("\n  ", places)}");
    }

    private static string FindRoot()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
            if (File.Exists(Path.Combine(folder.FullName, "Ekiden.slnx"))) return folder.FullName;
        throw new InvalidOperationException($"No Ekiden.slnx above {AppContext.BaseDirectory}.");
    }

    private static IEnumerable<string> Walk(string folder)
    {
        foreach (var entry in new DirectoryInfo(folder).EnumerateFileSystemInfos())
        {
            if (NotOurs.Contains(entry.Name)) continue;
            if (entry is FileInfo)
                yield return Path.GetRelativePath(Root, entry.FullName);
            else
                foreach (var file in Walk(entry.FullName)) yield return file;
        }
    }
}
