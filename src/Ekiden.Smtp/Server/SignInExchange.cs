using System.Buffers;
using System.Buffers.Text;
using System.Security.Cryptography;
using System.Text;
using System.Text.Unicode;
using Ekiden.Mail;
using Ekiden.Smtp.Protocol;
using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>One AUTH command, from its line to 235, 501 or 535: RFC 4954, RFC 4616 (PLAIN), RFC 5802 (SCRAM).</summary>
internal sealed partial class SignInExchange(
    SessionContext context, SessionWire wire, SessionInfo session, ReadOnlyMemory<byte> endPointBinding)
{
    /// <summary>The mechanisms in the answer to EHLO; -PLUS only where a binding exists.</summary>
    public static string Offer(ReadOnlyMemory<byte> endPointBinding) => endPointBinding.IsEmpty
        ? "PLAIN LOGIN SCRAM-SHA-256"
        : "PLAIN LOGIN SCRAM-SHA-256-PLUS SCRAM-SHA-256";

    /// <summary>
    /// Leads the exchange. The reply is not written yet; after a failure it comes late on purpose (G-R5).
    /// </summary>
    public async ValueTask<SignInResult> RunAsync(SmtpCommand.Auth command)
    {
        var isPlus = command.Mechanism == "SCRAM-SHA-256-PLUS" && !endPointBinding.IsEmpty;
        return command.Mechanism switch
        {
            "PLAIN" => await PlainAsync(command.InitialResponse),
            "LOGIN" => await LoginAsync(command.InitialResponse),
            "SCRAM-SHA-256" => await ScramAsync(command.InitialResponse, isPlus: false),
            _ when isPlus => await ScramAsync(command.InitialResponse, isPlus: true),
            _ => new SignInResult.Refused(Replies.UnknownMechanism),
        };
    }

    // RFC 4616 §2: [authzid] NUL authcid NUL passwd.
    private async ValueTask<SignInResult> PlainAsync(string? initialResponse)
    {
        var (text, refusal) = await AskAsync(initialResponse, "");
        if (text is null) return refusal!; // one of the two is there
        var parts = text.Split('\0');
        if (parts.Length != 3) return new SignInResult.Refused(Replies.BadAuth);
        if (parts[0].Length > 0 && parts[0] != parts[1]) return await FailedAsync(parts[1], "other identity");
        return await VerifyAsync(parts[1], parts[2]);
    }

    // No RFC; the prompts are those that clients expect.
    private async ValueTask<SignInResult> LoginAsync(string? initialResponse)
    {
        var (user, refusal) = await AskAsync(initialResponse, "Username:");
        if (user is null) return refusal!; // one of the two is there
        var (password, second) = await AskAsync(null, "Password:");
        if (password is null) return second!; // one of the two is there
        return await VerifyAsync(user, password);
    }

    private async ValueTask<SignInResult> VerifyAsync(string user, string password)
    {
        if (!context.Guard.MayTry(session.ClientAddress, user)) return Barred(user);
        if (user.Length == 0 || password.Length == 0) return await FailedAsync(user, "empty user or password");
        var answer = wire.BeginAnswer(context.Limits.AnswerTimeout);
        var signIn = await context.Receiver.SignInAsync(session, user, password, answer);
        return signIn is null ? await FailedAsync(user, "wrong user or password") : Succeeded(signIn);
    }

    private async ValueTask<SignInResult> ScramAsync(string? initialResponse, bool isPlus)
    {
        var (first, refusal) = await AskAsync(initialResponse, "");
        if (first is null) return refusal!; // one of the two is there
        var nonce = Convert.ToBase64String(RandomNumberGenerator.GetBytes(18));
        var scram = new ScramExchange(nonce, isPlus, !endPointBinding.IsEmpty, endPointBinding);
        if (scram.ReadClientFirst(first) is not { } user)
            return await FailedAsync("", "malformed or unfit first message");
        if (!context.Guard.MayTry(session.ClientAddress, user)) return Barred(user);

        var answer = wire.BeginAnswer(context.Limits.AnswerTimeout);
        var verifier = await context.Receiver.FindScramVerifierAsync(session, user, answer);
        var (final, second) = await AskAsync(null, scram.Challenge(verifier));
        if (final is null) return second!; // one of the two is there
        if (scram.ReadClientFinal(final) is not { } proof) return await FailedAsync(user, "wrong proof");

        // RFC 4954 §4: data with the outcome is a challenge of its own, answered by an empty line.
        var (_, third) = await AskAsync(null, proof);
        return third is not null ? third : Succeeded(verifier.SignIn!); // a right proof has a SignIn
    }

    private SignInResult.Done Succeeded(SignIn signIn)
    {
        context.Guard.Succeeded(session.ClientAddress, signIn.User);
        return new SignInResult.Done(signIn);
    }

    private SignInResult.Refused Barred(string user)
    {
        Log.Barred(context.Log, session.SessionId, session.ClientAddress.ToString(), Shorten(user));
        return new SignInResult.Refused(Replies.AuthNotNow);
    }

    private async ValueTask<SignInResult> FailedAsync(string user, string why)
    {
        var isUnderAttack = context.Guard.IsUserUnderAttack(user);
        context.Guard.Failed(session.ClientAddress, user);
        Log.Failed(context.Log, session.SessionId, session.ClientAddress.ToString(), Shorten(user), why);
        // Reliability G-R5: every failure takes the same time, whatever was wrong.
        var delay = TimeSpan.FromMilliseconds((isUnderAttack ? 2_000 : 100) + RandomNumberGenerator.GetInt32(21));
        await Task.Delay(delay, context.Clock, CancellationToken.None);
        return new SignInResult.Failed();
    }

    // One challenge and its response, unless the response came with the command. Exactly one of the results is not
    // null.
    private async ValueTask<(string? Text, SignInResult.Refused? Refusal)> AskAsync(string? given, string challenge)
    {
        if (given is not null) return given == "=" ? ("", null) : Decode(Encoding.UTF8.GetBytes(given));
        wire.Write(new SmtpReply(334, null, Convert.ToBase64String(Encoding.UTF8.GetBytes(challenge))));
        while (true)
        {
            switch (wire.TryTakeLine(CommandParser.LongestAuthLine, out var line))
            {
                case LineStatus.Line: return Decode(line);
                case LineStatus.TooLong: return Refuse(Replies.LineTooLong);
                case LineStatus.Endless: return Refuse(Replies.LineTooLong, endsSession: true);
                case LineStatus.BareNewline: return Refuse(Replies.BareNewline, endsSession: true);
            }
            if (await wire.FillAsync(context.Limits.CommandTimeout) != FillStatus.Filled)
                return Refuse(wire.IsTimedOut ? Replies.Timeout : Replies.Stopping, endsSession: true);
        }
    }

    private static (string? Text, SignInResult.Refused? Refusal) Refuse(SmtpReply reply, bool endsSession = false) =>
        (null, new SignInResult.Refused(reply, endsSession));

    private static (string? Text, SignInResult.Refused? Refusal) Decode(ReadOnlySpan<byte> line)
    {
        if (line.SequenceEqual("*"u8)) return Refuse(Replies.AuthCancelled);
        // The decoder would skip white space; RFC 4954 §4 allows none.
        if (line.ContainsAny(" \t"u8)) return Refuse(Replies.BadAuth);
        var bytes = new byte[Base64.GetMaxDecodedFromUtf8Length(line.Length)];
        var isWhole = Base64.DecodeFromUtf8(line, bytes, out _, out var length) == OperationStatus.Done;
        return isWhole && Utf8.IsValid(bytes.AsSpan(0, length))
            ? (Encoding.UTF8.GetString(bytes, 0, length), null)
            : Refuse(Replies.BadAuth);
    }

    private static string Shorten(string user) => user.Length <= 100 ? user : user[..100];

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Information,
            "Sign-in failed: {Why}. Session {SessionId}, client {Client}, user {User}")]
        public static partial void Failed(ILogger log, string sessionId, string client, string user, string why);

        [LoggerMessage(LogLevel.Information,
            "Sign-in not tried, too many failures. Session {SessionId}, client {Client}, user {User}")]
        public static partial void Barred(ILogger log, string sessionId, string client, string user);
    }
}

/// <summary>How an AUTH command ended.</summary>
internal abstract record SignInResult
{
    private SignInResult() { } // closed: every case is below

    /// <summary>Signed in.</summary>
    public sealed record Done(SignIn SignIn) : SignInResult;

    /// <summary>The credentials are wrong.</summary>
    public sealed record Failed : SignInResult;

    /// <summary>It did not come to credentials: malformed, cancelled, not now, timed out.</summary>
    /// <param name="Reply">What to answer.</param>
    /// <param name="EndsSession">The connection is of no more use.</param>
    public sealed record Refused(SmtpReply Reply, bool EndsSession = false) : SignInResult;
}
