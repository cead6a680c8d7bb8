using System.Collections.Immutable;
using System.CommandLine;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ekiden.Cli;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Toml;

namespace Ekiden;

/// <summary><c>ekiden parse reply</c>: what a receiving server's reply means to us.</summary>
internal static class ParseReplyCommand
{
    public static Command Build(CliHost host)
    {
        var domain = new Option<string>("--domain")
        { Description = "The recipient's domain", HelpName = "DOMAIN", Required = true };
        var code = new Option<int>("--code") { Description = "The reply's code", HelpName = "CODE", Required = true };
        var text = new Option<string>("--text")
        { Description = "Its text; an enhanced status may stand before it", HelpName = "TEXT", Required = true };
        var phase = new Option<SmtpPhase>("--phase")
        {
            Description = "Where it was said: connect, tls, ehlo, mail, rcpt, data, eom",
            HelpName = "PHASE",
            DefaultValueFactory = _ => SmtpPhase.Rcpt,
        };
        var mx = new Option<string[]>("--mx")
        { Description = "The domain's MX hosts, where its name does not tell the provider", HelpName = "HOST" };
        var packs = new Option<string?>("--provider-packs")
        { Description = "A folder of packs, as in the settings", HelpName = "DIR" };
        var json = new Option<bool>("--json") { Description = "Print JSON" };
        code.Validators.Add(result =>
        {
            if (result.Tokens is [var token]
                && int.TryParse(token.Value, NumberStyles.None, CultureInfo.InvariantCulture, out var number)
                && number is < 200 or > 599)
            {
                result.AddError("--code is a number from 200 to 599.");
            }
        });
        var reply = new Command("reply", "What a receiving server's reply means")
        { domain, code, text, phase, mx, packs, json };
        reply.SetAction((parsed, _) =>
        {
            var known = ReadPacks(parsed.GetValue(packs), host);
            var provider = known.Find(
                Normal(parsed.GetRequiredValue(domain)), (parsed.GetValue(mx) ?? []).Select(Normal));
            var meaning = provider.MeaningOf(
                parsed.GetValue(phase), ReplyText.Read(parsed.GetValue(code), parsed.GetRequiredValue(text)));
            return Task.FromResult(Show(host.Output, meaning, provider, parsed.GetValue(json)));
        });
        return new Command("parse", "What mail and replies mean") { reply, ParseBounceCommand.Build(host) };
    }

    private static ProviderPacks ReadPacks(string? folder, CliHost host)
    {
        if (folder is null) return ProviderPacks.BuiltIn;
        var problems = new SettingsProblems();
        var files = PackFile.ReadFolder(folder, problems);
        foreach (var problem in problems.All) host.Error.WriteLine(problem);
        return ProviderPacks.WithFiles(files, ProviderPacks.BuiltIn);
    }

    private static string Normal(string name) =>
        DomainName.TryNormalize(name.TrimEnd('.'), out var normal) ? normal : name.ToLowerInvariant();

    private static int Show(TextWriter output, ReplyMeaning meaning, Provider provider, bool isJson)
    {
        if (isJson) output.WriteLine(Json(meaning, provider));
        else WriteText(output, meaning, provider);
        return ExitCodes.Done;
    }

    private static void WriteText(TextWriter output, ReplyMeaning meaning, Provider provider)
    {
        output.WriteLine($"class     {meaning.Class.Word()}");
        output.WriteLine($"retry     {meaning.Retry.Word}{Details(meaning)}");
        output.WriteLine($"scope     {string.Join(", ", meaning.Scopes.Select(scope => scope.Word()))}");
        output.WriteLine($"provider  {provider.Name} (rule {meaning.Rule})");
    }

    private static string Details(ReplyMeaning meaning)
    {
        var advice = meaning.Retry switch
        {
            RetryAdvice.Pause pause => string.Create(
                CultureInfo.InvariantCulture,
                $" for {pause.For.TotalMinutes} min, then {pause.Connections} connection(s)")
                + (pause.MessagesPerMinute is { } rate
                    ? string.Create(CultureInfo.InvariantCulture, $", {rate} per minute") : ""),
            RetryAdvice.OtherSource other =>
                string.Create(CultureInfo.InvariantCulture, $" for {other.For.TotalMinutes} min"),
            _ => "",
        };
        return meaning.Wait is { } wait
            ? advice + string.Create(CultureInfo.InvariantCulture, $"; the server asks for {wait.TotalSeconds} s")
            : advice;
    }

    private static string Json(ReplyMeaning meaning, Provider provider)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            json.WriteString("class", meaning.Class.Word());
            json.WriteString("retry", meaning.Retry.Word);
            json.WriteString("scope", meaning.Scope.Word());
            json.WriteString("provider", provider.Name);
            json.WriteString("rule", meaning.Rule);
            json.WriteBoolean("permanent", meaning.IsPermanent);
            json.WriteBoolean("suppress", meaning.MaySuppress);
            WriteScopes(json, meaning.Scopes);
            WriteAdvice(json, meaning);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    private static void WriteScopes(Utf8JsonWriter json, ImmutableArray<LimitScope> scopes)
    {
        json.WriteStartArray("scopes");
        foreach (var scope in scopes) json.WriteStringValue(scope.Word());
        json.WriteEndArray();
    }

    private static void WriteAdvice(Utf8JsonWriter json, ReplyMeaning meaning)
    {
        if (meaning.Wait is { } wait) json.WriteNumber("wait_seconds", wait.TotalSeconds);
        switch (meaning.Retry)
        {
            case RetryAdvice.Pause pause:
                json.WriteNumber("pause_seconds", pause.For.TotalSeconds);
                json.WriteNumber("connections", pause.Connections);
                if (pause.MessagesPerMinute is { } rate) json.WriteNumber("messages_per_minute", rate);
                break;
            case RetryAdvice.OtherSource other:
                json.WriteNumber("pause_seconds", other.For.TotalSeconds);
                break;
        }
    }
}
