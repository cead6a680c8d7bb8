namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>Brings a connection into the state that a vector starts from.</summary>
internal static class Conversation
{
    private static readonly string[] States = ["tcp", "conn", "ehlo", "tls", "auth", "mail", "env", "data"];

    /// <summary>Connects and says what the vector's <c>pre</c> needs.</summary>
    /// <param name="server">Where.</param>
    /// <param name="vector">Its listener and state.</param>
    /// <param name="isTls">Over TLS where the state can be reached in clear too.</param>
    public static async Task<RawSmtp> ReachAsync(VectorServer server, Vector vector, bool isTls)
    {
        var state = Array.IndexOf(States, vector.Pre);
        var isSubmission = vector.Listener == "sub";
        var listener = isSubmission && state >= 4 && !isTls ? "clear" : vector.Listener;
        var client = await RawSmtp.ConnectAsync(server.Process.Listener(listener));
        if (state >= 1) await client.ExpectAsync("220");
        if (state >= 2) await client.AskAsync("EHLO client.test", "250");
        if ((isSubmission && listener == "sub" && state >= 3) || (isTls && state >= 3))
        {
            await client.StartTlsAsync();
            await client.AskAsync("EHLO client.test", "250");
        }
        if (isSubmission && state >= 4) await client.AskAsync($"AUTH PLAIN {server.TenantA.Credential}", "235");
        if (state >= 5) await client.AskAsync(isSubmission ? "MAIL FROM:<s@a.test>" : "MAIL FROM:<x@ext.test>", "250");
        if (state >= 6)
        {
            await client.AskAsync(
            isSubmission ? "RCPT TO:<v@sink.test>" : "RCPT TO:<bounce+ok@in.test>", "250");
        }

        if (state >= 7) await client.AskAsync("DATA", "354");
        return client;
    }
}
