using System.CommandLine;
using System.Text.Json;
using Ekiden.Cli;
using Ekiden.Server.Settings;

namespace Ekiden;

/// <summary><c>ekiden config check</c>: everything that is wrong with the settings, with its line and key.</summary>
internal static class ConfigCommand
{
    public static Option<string?> ConfigOption() => new("--config")
    {
        Description = "The settings file; else EKIDEN_CONFIG, ./ekiden.toml, /etc/ekiden/ekiden.toml",
        HelpName = "FILE",
    };

    public static Command Build(CliHost host)
    {
        var config = ConfigOption();
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        var check = new Command("check", "Read the settings and say everything that is wrong") { config, json };
        check.SetAction((parsed, _) => Task.FromResult(Check(host, parsed.GetValue(config), parsed.GetValue(json))));
        return new Command("config", "The settings file") { check };
    }

    private static int Check(CliHost host, string? path, bool isJson)
    {
        var result = SettingsFile.Load(path, SettingsFile.ProcessEnvironment);
        if (isJson) WriteJson(host.Output, result);
        else WriteText(host.Output, result);
        return result.Settings is null ? ExitCodes.Failed : ExitCodes.Done;
    }

    private static void WriteText(TextWriter output, SettingsResult result)
    {
        foreach (var problem in result.Problems) output.WriteLine(problem);
        if (result.Settings is not null) output.WriteLine("ok");
    }

    private static void WriteJson(TextWriter output, SettingsResult result)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteBoolean("valid", result.Settings is not null);
            json.WriteStartArray("problems");
            foreach (var problem in result.Problems)
            {
                json.WriteStartObject();
                json.WriteString("severity", problem.Severity.ToString().ToLowerInvariant());
                json.WriteString("file", problem.Place.Source);
                if (problem.Place.Line is { } line) json.WriteNumber("line", line);
                json.WriteString("key", problem.Key);
                json.WriteString("message", problem.Message);
                json.WriteEndObject();
            }
            json.WriteEndArray();
            json.WriteEndObject();
        }
        output.WriteLine(System.Text.Encoding.UTF8.GetString(buffer.ToArray()));
    }
}
