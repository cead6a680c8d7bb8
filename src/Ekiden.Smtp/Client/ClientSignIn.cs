using System.Net;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Smtp.Client;

/// <summary>
/// Signs in to a smarthost: AUTH of RFC 4954 with SCRAM-SHA-256, PLAIN or LOGIN, the best that is offered.
/// </summary>
internal sealed class ClientSignIn(ClientWire wire, SmtpClientOptions options)
{
    /// <summary>Runs one exchange.</summary>
    /// <returns>Why is null when we are signed in; the reply is the server's refusal, if it gave one.</returns>
    public async Task<(SmtpReply? Reply, string? Why)> RunAsync(NetworkCredential credential, ServerExtensions offered)
    {
        if (offered.SignInMechanisms.Contains("SCRAM-SHA-256")) return await ScramAsync(credential);
        if (offered.SignInMechanisms.Contains("PLAIN")) return await PlainAsync(credential);
        if (offered.SignInMechanisms.Contains("LOGIN")) return await LoginAsync(credential);
        return (null, "the server offers no way to sign in that we know");
    }

    // RFC 4616 §2, with the initial response of RFC 4954 §4.
    private async Task<(SmtpReply? Reply, string? Why)> PlainAsync(NetworkCredential credential)
    {
        var response = Encoding.UTF8.GetBytes($"\0{credential.UserName}\0{credential.Password}");
        return Judge(await BeginAsync("PLAIN", response));
    }

    // No RFC: first the name, then the password, whatever the server prompts.
    private async Task<(SmtpReply? Reply, string? Why)> LoginAsync(NetworkCredential credential)
    {
        var code = await BeginAsync("LOGIN", null);
        if (code == 334) code = await AnswerAsync(Encoding.UTF8.GetBytes(credential.UserName));
        if (code == 334) code = await AnswerAsync(Encoding.UTF8.GetBytes(credential.Password));
        return Judge(code);
    }

    private async Task<(SmtpReply? Reply, string? Why)> ScramAsync(NetworkCredential credential)
    {
        var scram = new ScramClient(
            credential.UserName, credential.Password, Convert.ToBase64String(RandomNumberGenerator.GetBytes(18)));
        var code = await BeginAsync("SCRAM-SHA-256", scram.First());
        if (code != 334) return Judge(code);
        if (scram.Final(Challenge()) is not { } final) return await CancelAsync();
        code = await AnswerAsync(final);
        if (code is not (334 or 235)) return Judge(code);
        // The server must prove that it knows the password too: RFC 5802 §3. Some send the proof with 235.
        if (!scram.IsServerGenuine(Challenge()))
            return code == 334 ? await CancelAsync() : (null, "the server did not prove that it knows the password");
        return Judge(code == 334 ? await AnswerAsync([]) : code);
    }

    private async ValueTask<int> BeginAsync(string mechanism, byte[]? response)
    {
        using var commands = new CommandBuffer();
        commands.Verb("AUTH", response is null ? mechanism : $"{mechanism} {Convert.ToBase64String(response)}");
        return await SendAsync(commands);
    }

    private async ValueTask<int> AnswerAsync(byte[] response)
    {
        using var commands = new CommandBuffer();
        commands.Response(response);
        return await SendAsync(commands);
    }

    private async ValueTask<int> SendAsync(CommandBuffer commands) =>
        await wire.WriteAsync(commands.Written, options.StallTimeout, options.CommandTimeout)
            ? await wire.ReadReplyAsync(keepAll: true)
            : 0;

    // RFC 4954 §4: a lone star gives the exchange up.
    private async Task<(SmtpReply? Reply, string? Why)> CancelAsync()
    {
        using var commands = new CommandBuffer();
        commands.Verb("*");
        await SendAsync(commands);
        return (null, "the server's SCRAM messages do not hold");
    }

    private byte[] Challenge()
    {
        var text = Encoding.UTF8.GetString(wire.ReplyText);
        var bytes = new byte[text.Length];
        return Convert.TryFromBase64String(text, bytes, out var length) ? bytes[..length] : [];
    }

    private (SmtpReply? Reply, string? Why) Judge(int code)
    {
        if (code == 235) return (null, null);
        if (code == 0) return (null, "the connection ended");
        var reply = wire.Reply();
        return (reply, $"AUTH was answered {reply}");
    }
}
