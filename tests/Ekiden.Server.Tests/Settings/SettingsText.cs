using Ekiden.Server.Settings;
using Ekiden.Toml;

namespace Ekiden.Server.Tests.Settings;

/// <summary>Reads settings from text, as if they stood in <c>/etc/ekiden/ekiden.toml</c>.</summary>
internal static class SettingsText
{
    /// <summary>The ten lines of a server that relays for its own machine.</summary>
    public const string Minimal = """
        [server]
        host_name = "relay.example.jp"
        data_directory = "/var/lib/ekiden"
        [[listener]]
        name = "relay"
        address = "127.0.0.1:2525"
        role = "relay"
        tls = "none"
        allow = ["127.0.0.1/32"]

        """;

    /// <summary>The settings, which must have no error.</summary>
    public static EkidenSettings Read(string text, params (string Name, string Value)[] environment)
    {
        var result = Parse(text, environment);
        Assert.DoesNotContain(result.Problems, problem => problem.Severity == SettingsSeverity.Error);
        return result.Settings!;
    }

    /// <summary>The problems as lines, without the folder.</summary>
    public static string[] Problems(string text, params (string Name, string Value)[] environment) =>
    [
        .. Parse(text, environment).Problems.Select(problem =>
            problem.ToString().Replace("/etc/ekiden/", "", StringComparison.Ordinal)),
    ];

    public static SettingsResult Parse(string text, params (string Name, string Value)[] environment) =>
        SettingsFile.Parse(
        text, "/etc/ekiden/ekiden.toml", environment.ToDictionary(entry => entry.Name, entry => entry.Value));
}
