using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Client;

/// <summary>Behaves as one case of tests/cases/smtp-client-starttls describes.</summary>
internal sealed class HostileServer(Dictionary<string, object> story, X509Certificate2 certificate)
{
    public async Task PlayAsync(ServerSide client)
    {
        try
        {
            if (story.GetValueOrDefault("implicit_tls") is "true") await client.StartTlsAsync(certificate);
            await client.SayAsync(story.GetValueOrDefault("greeting") as string ?? "220 mx.example ESMTP\r\n");
            while (await client.ReadLineAsync() is { } line)
                if (!await AnswerAsync(client, line.Split(' ')[0].ToUpperInvariant(), line)) return;
        }
        catch (Exception e) when (e is IOException or AuthenticationException)
        {
            // The client had enough.
        }
    }

    private async Task<bool> AnswerAsync(ServerSide client, string verb, string line)
    {
        if (Strings("hide_commands").Contains(verb, StringComparer.OrdinalIgnoreCase))
        {
            await client.LineAsync("502 5.5.1 Unknown");
            return true;
        }
        if (Overrides().TryGetValue(verb, out var other))
        {
            await client.SayAsync((string)other);
            return true;
        }
        if (verb == "STARTTLS") return await StartTlsAsync(client);
        if (verb == "DATA")
        {
            await client.LineAsync("354 Go");
            await client.ReadContentAsync();
        }
        if (verb == "AUTH" && line.Split(' ').Length < 3)
        {
            await client.LineAsync("334 ");
            await client.ReadLineAsync();
        }
        await client.SayAsync(verb switch
        {
            "EHLO" => Extensions(client.IsEncrypted ? "capabilities_tls" : "capabilities"),
            "QUIT" => "221 Bye\r\n",
            "AUTH" => "235 Welcome\r\n",
            _ => "250 Ok\r\n",
        });
        return verb != "QUIT";
    }

    private async Task<bool> StartTlsAsync(ServerSide client)
    {
        await client.SayAsync(story.GetValueOrDefault("stls_response") as string ?? "220 Go\r\n");
        if (story.GetValueOrDefault("stls_make_transition") is "false") return true;
        await client.StartTlsAsync(certificate);
        return true;
    }

    private string Extensions(string which)
    {
        var lines = new List<string> { "mx.example" };
        foreach (var item in story.GetValueOrDefault(which) as object[] ?? [])
        {
            lines.Add(item switch
            {
                RonReader.Named { Name: "Auth" } auth =>
                    "AUTH " + string.Join(' ', ((object[])auth.Arguments[0]).Select(Mechanism)),
                RonReader.Named other => string.Join(' ', other.Arguments.Prepend(other.Name)),
                _ => item.ToString()!.ToUpperInvariant(),
            });
        }
        return string.Concat(lines.Select((text, i) => $"250{(i < lines.Count - 1 ? '-' : ' ')}{text}\r\n"));
    }

    private static string Mechanism(object mechanism) =>
        (mechanism is RonReader.Named { Arguments: [var name] } ? name : mechanism).ToString()!.ToUpperInvariant();

    private Dictionary<string, object> Overrides() =>
        story.GetValueOrDefault("override_response") as Dictionary<string, object> ?? [];

    private IEnumerable<string> Strings(string key) =>
        (story.GetValueOrDefault(key) as object[] ?? []).OfType<string>();
}
