using Ekiden.Delivery.Providers;
using Ekiden.Server.Hosting;
using Ekiden.Server.Settings;
using Ekiden.Toml;

namespace Ekiden.Server.Tests.Settings;

/// <summary><c>[delivery] provider_packs</c>, at a start and at reloads.</summary>
public sealed class ProviderPackSettingsTests : IDisposable
{
    private const string House = "version = 2\n[match]\nmx = [\"mx.house.example\"]\n";

    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-packs-");

    [Fact]
    public void A_pack_with_an_error_is_named_and_the_one_that_was_in_force_stays()
    {
        Write("house", House);
        var (first, none) = Read(ProviderPacks.BuiltIn);
        Write("house", House + "nonsense = 1\n");
        var (second, problems) = Read(first);
        File.Delete(PathOf("house"));
        var (third, _) = Read(second);

        Assert.Empty(none);
        Assert.Equal(("house", "house", "default"), (ProviderOf(first), ProviderOf(second), ProviderOf(third)));
        Assert.Equal(
            $"{PathOf("house")}:4: warning: match.nonsense: there is no such setting; the pack that was in force stays",
            Assert.Single(problems).ToString());
    }

    [Fact]
    public void The_folder_is_relative_to_the_settings_file()
    {
        Write("house", House);
        var (packs, _) = Read(ProviderPacks.BuiltIn, _folder.Name);
        Assert.Equal("house", ProviderOf(packs));
    }

    /// <inheritdoc/>
    public void Dispose() => _folder.Delete(recursive: true);

    private static string ProviderOf(ProviderPacks packs) => packs.Find("a.example", ["mx.house.example"]).Name;

    private string PathOf(string name) => Path.Combine(_folder.FullName, name + ".toml");

    private void Write(string name, string toml) => File.WriteAllText(PathOf(name), toml);

    private (ProviderPacks Packs, IReadOnlyList<SettingsProblem> Problems) Read(
        ProviderPacks before, string? folder = null)
    {
        var toml = $"""
            [server]
            host_name = "relay.test"
            data_directory = "data"
            [[listener]]
            name = "relay"
            address = "127.0.0.1:0"
            role = "relay"
            allow = ["127.0.0.1"]
            [delivery]
            provider_packs = "{folder ?? _folder.FullName}"
            """;
        var path = Path.Combine(_folder.Parent!.FullName, "ekiden.toml"); // it is a folder in another
        var result = SettingsFile.Parse(toml, path, new Dictionary<string, string>());
        Assert.NotNull(result.Settings);
        return (SettingsMapping.ToDelivery(result.Settings, [], before).Routes.Packs, result.Problems);
    }
}
