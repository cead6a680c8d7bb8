using System.Globalization;
using Ekiden.Smtp.Server;

namespace Ekiden.Testing;

/// <summary>
/// A file of dialogues: <c>== name</c> begins one. Below it <c># listener: inbound | submission | relay | stranger</c>
/// and <c># limits: errors_close=4 max_recipients=2</c> say how the session is set up. Times are in seconds.
/// </summary>
public static class DialogueFile
{
    /// <summary>The names of all dialogues in a folder, as <c>file/name</c>.</summary>
    public static IEnumerable<string> Names(string folder) =>
        System.IO.Directory.EnumerateFiles(folder, "*.smtp").Order(StringComparer.Ordinal)
            .SelectMany(file => Read(file).Select(one => $"{Path.GetFileNameWithoutExtension(file)}/{one.Name}"));

    /// <summary>Plays one of them.</summary>
    public static Task RunAsync(string folder, string name)
    {
        var slash = name.IndexOf('/', StringComparison.Ordinal);
        var (_, script) = Read(Path.Combine(folder, name[..slash] + ".smtp"))
            .Single(one => one.Name == name[(slash + 1)..]);
        return Dialogue.RunAsync(script, Options(script));
    }

    private static IEnumerable<(string Name, string Script)> Read(string file) =>
        File.ReadAllText(file).Split("\n== ").Skip(1).Select(part =>
        {
            var end = part.IndexOf('\n', StringComparison.Ordinal);
            return (part[..end].Trim(), part[(end + 1)..]);
        });

    private static DialogueOptions Options(string script)
    {
        var options = Setting(script, "listener") switch
        {
            "submission" => DialogueOptions.Submission,
            "relay" => DialogueOptions.Relay,
            "stranger" => DialogueOptions.Relay with { IsListedClient = false },
            "inbound" or null => new DialogueOptions(),
            var other => throw new ArgumentException($"Unknown listener {other}", nameof(script)),
        };
        var limits = new SessionLimits();
        foreach (var pair in (Setting(script, "limits") ?? "").Split(' ', StringSplitOptions.RemoveEmptyEntries))
        {
            var parts = pair.Split('=');
            limits = With(limits, parts[0], int.Parse(parts[1], CultureInfo.InvariantCulture));
        }
        return options with { Limits = limits, Receiver = new FakeMailReceiver() };
    }

    private static SessionLimits With(SessionLimits limits, string name, int value) => name switch
    {
        "max_message" => limits with { MaxMessage = value },
        "max_recipients" => limits with { MaxRecipients = value },
        "max_transactions" => limits with { MaxTransactions = value },
        "errors_close" => limits with { ErrorsClose = value },
        "idle_commands" => limits with { MaxIdleCommands = value },
        "data_timeout" => limits with { DataTimeout = TimeSpan.FromSeconds(value) },
        "banner_delay" => limits with { BannerDelay = TimeSpan.FromSeconds(value) },
        _ => throw new ArgumentException($"Unknown limit {name}", nameof(name)),
    };

    private static string? Setting(string script, string name) => script.Split('\n')
        .Where(line => line.StartsWith($"# {name}: ", StringComparison.Ordinal))
        .Select(line => line[(name.Length + 4)..].Trim())
        .FirstOrDefault();
}
