using Ekiden.Mail;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Whoever takes the mail that a session receives: the session knows the protocol, the receiver decides. Implemented in
/// Server by calling Submission's Intake. Every answer that is null means "yes, with the session's usual reply".
/// </summary>
/// <remarks>
/// Never throws for what the client does wrong; an exception is our own trouble and becomes <c>451 4.3.0</c>.
/// </remarks>
public interface IMailReceiver
{
    /// <summary>
    /// Judges a user name and password (AUTH PLAIN, LOGIN). Equal time for known and unknown users; the delay of G-R5
    /// and the reply belong to the session.
    /// </summary>
    ValueTask<SignIn?> SignInAsync(SessionInfo session, string user, string password, CancellationToken cancel);

    /// <summary>
    /// The stored verifier for SCRAM-SHA-256 (RFC 7677); for an unknown user a stable, made-up one, so that the
    /// exchange fails at the same place. <see cref="ScramVerifier.SignIn"/> is null then.
    /// </summary>
    ValueTask<ScramVerifier> FindScramVerifierAsync(SessionInfo session, string user, CancellationToken cancel);

    /// <summary>May this client send from this address? <paramref name="declaredSize"/> is SIZE, or 0.</summary>
    ValueTask<SmtpReply?> CheckSenderAsync(
        SessionInfo session, Mailbox? sender, long declaredSize, CancellationToken cancel);

    /// <summary>May this client send to this address?</summary>
    ValueTask<SmtpReply?> CheckRecipientAsync(
        SessionInfo session, Mailbox? sender, EnvelopeRecipient recipient, CancellationToken cancel);

    /// <summary>DATA was said: where the content goes, or why not now.</summary>
    ValueTask<(IMessageSink? Sink, SmtpReply? Refusal)> BeginAsync(
        SessionInfo session, Envelope envelope, CancellationToken cancel);
}

/// <summary>Who signed in.</summary>
/// <param name="Account">The account's id.</param>
/// <param name="Key">The key's id, for logs and limits.</param>
/// <param name="User">The user name as given.</param>
public sealed record SignIn(string Account, string Key, string User);

/// <summary>What RFC 5802 §3 stores for one user; the hash is SHA-256.</summary>
public sealed record ScramVerifier(
    ReadOnlyMemory<byte> Salt, int Iterations, ReadOnlyMemory<byte> StoredKey, ReadOnlyMemory<byte> ServerKey,
    SignIn? SignIn);
