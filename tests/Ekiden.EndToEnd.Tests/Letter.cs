using System.Net;

namespace Ekiden.EndToEnd.Tests;

/// <summary>One mail, handed in without sign-in.</summary>
internal static class Letter
{
    /// <summary>A short text.</summary>
    public const string Text = "From: <s@a.test>\r\nSubject: t\r\n\r\nHello.\r\n";

    /// <summary>Hands it in; every recipient must be taken.</summary>
    /// <returns>The reply to the final dot.</returns>
    public static async Task<string> SendAsync(IPEndPoint listener, string sender, params string[] recipients)
    {
        await using var client = await ConnectAsync(listener);
        return await SendAsync(client, $"<{sender}>", recipients.Select(recipient => $"<{recipient}>"), Text);
    }

    /// <summary>A connection that has said EHLO.</summary>
    public static async Task<RawSmtp> ConnectAsync(IPEndPoint listener)
    {
        var client = await RawSmtp.ConnectAsync(listener);
        await client.ExpectAsync("220");
        await client.AskAsync("EHLO client.test", "250");
        return client;
    }

    /// <summary>One transaction.</summary>
    /// <param name="client">Has said EHLO, and signed in where that is needed.</param>
    /// <param name="sender">With brackets, and parameters behind them.</param>
    /// <param name="recipients">Likewise.</param>
    /// <param name="text">Ends with CRLF; no line starts with a dot.</param>
    /// <returns>The reply to the final dot.</returns>
    public static async Task<string> SendAsync(
        RawSmtp client, string sender, IEnumerable<string> recipients, string text)
    {
        await client.AskAsync($"MAIL FROM:{sender}", "250");
        foreach (var recipient in recipients) await client.AskAsync($"RCPT TO:{recipient}", "250");
        await client.AskAsync("DATA", "354");
        await client.SendAsync(text + ".\r\n");
        return await client.ReadReplyAsync() ?? "the end";
    }
}
