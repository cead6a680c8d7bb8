using Ekiden.Delivery.Providers;
using Ekiden.Toml;

namespace Ekiden.Delivery.Tests.Providers;

/// <summary>The packs that come with the program.</summary>
public sealed class BuiltInPackTests
{
    private const string Folder = "packs/";

    /// <summary>The files, by the names of their resources.</summary>
    public static TheoryData<string> Files =>
        [.. typeof(ProviderPacks).Assembly.GetManifestResourceNames().Where(
            name => name.StartsWith(Folder, StringComparison.Ordinal))];

    // delivery.md A6: the reader holds every rule against its own examples, and against the rules before it.
    [Theory]
    [MemberData(nameof(Files))]
    public void A_pack_has_no_error_and_every_rule_takes_its_own_examples(string file)
    {
        var problems = new SettingsProblems();
        using var reader = new StreamReader(typeof(ProviderPacks).Assembly.GetManifestResourceStream(file)!);

        var pack = PackReader.Read(reader.ReadToEnd(), file, problems, check: true);

        Assert.Equal("", string.Join("\n", problems.All));
        Assert.NotNull(pack);
    }
}
