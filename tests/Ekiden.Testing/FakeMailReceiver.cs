using System.Collections.Concurrent;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;
using Ekiden.Smtp.Server;

namespace Ekiden.Testing;

/// <summary>
/// A receiver in memory with the fixed names of the test vectors: user <c>tenant-a</c> owns <c>a.test</c>;
/// <c>in.test</c> is hosted, with <c>bounce+ok</c>, <c>postmaster</c> and <c>abuse</c>.
/// </summary>
public sealed class FakeMailReceiver : IMailReceiver
{
    public const string User = "tenant-a";
    public const string Password = "correct horse";

    private static readonly byte[] Salt = "0123456789abcdef"u8.ToArray();

    /// <summary>What was taken, in order.</summary>
    public ConcurrentQueue<TakenMessage> Messages { get; } = [];

    /// <summary>Answers CheckSender before anything else when set.</summary>
    public Func<Mailbox?, SmtpReply?>? OnSender { get; set; }

    /// <summary>Runs before the final reply when set; what it returns is the reply if not null.</summary>
    public Func<CancellationToken, ValueTask<SmtpReply?>>? OnComplete { get; set; }

    /// <summary>Runs at every piece of content when set.</summary>
    public Action? OnWrite { get; set; }

    /// <summary>A missing From is refused, as the real receiver does on submission.</summary>
    public bool NeedsFrom { get; set; } = true;

    public ValueTask<SignIn?> SignInAsync(
        SessionInfo session, string user, string password, CancellationToken cancel) =>
        ValueTask.FromResult(user == User && password == Password ? new SignIn("account-a", "key-1", user) : null);

    public ValueTask<ScramVerifier> FindScramVerifierAsync(SessionInfo session, string user, CancellationToken cancel)
    {
        const int Rounds = 4096;
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            Encoding.UTF8.GetBytes(Password), Salt, Rounds, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, "Client Key"u8));
        var server = HMACSHA256.HashData(salted, "Server Key"u8);
        var signIn = user == User ? new SignIn("account-a", "key-1", user) : null;
        return ValueTask.FromResult(new ScramVerifier(Salt, Rounds, stored, server, signIn));
    }

    public ValueTask<SmtpReply?> CheckSenderAsync(
        SessionInfo session, Mailbox? sender, long declaredSize, CancellationToken cancel)
    {
        if (OnSender?.Invoke(sender) is { } reply) return ValueTask.FromResult<SmtpReply?>(reply);
        var isForeign = session.Role == ListenerRole.Submission && sender is { Domain: not "a.test" };
        return ValueTask.FromResult(isForeign ? SmtpReply.Of(550, "5.7.1", "Not your domain") : null);
    }

    public ValueTask<SmtpReply?> CheckRecipientAsync(
        SessionInfo session, Mailbox? sender, EnvelopeRecipient recipient, CancellationToken cancel)
    {
        if (session.Role != ListenerRole.Inbound) return ValueTask.FromResult<SmtpReply?>(null);
        var isPostmaster = recipient.Address.LocalPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase);
        if (isPostmaster || recipient.Address is { Domain: "in.test", LocalPart: "bounce+ok" or "abuse" })
            return ValueTask.FromResult<SmtpReply?>(null);
        return ValueTask.FromResult<SmtpReply?>(recipient.Address.Domain == "in.test"
            ? SmtpReply.Of(550, "5.1.1", "No such user")
            : SmtpReply.Of(550, "5.7.1", "Relaying denied"));
    }

    public ValueTask<(IMessageSink? Sink, SmtpReply? Refusal)> BeginAsync(
        SessionInfo session, Envelope envelope, CancellationToken cancel) =>
        ValueTask.FromResult<(IMessageSink?, SmtpReply?)>((new Sink(this, session.Role, envelope), null));

    private sealed class Sink(FakeMailReceiver receiver, ListenerRole role, Envelope envelope) : IMessageSink
    {
        private readonly MemoryStream _content = new();

        public ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel)
        {
            receiver.OnWrite?.Invoke();
            _content.Write(content.Span);
            return ValueTask.CompletedTask;
        }

        public async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancel)
        {
            if (receiver.OnComplete is { } hook && await hook(cancel) is { } reply) return reply;
            var text = Encoding.Latin1.GetString(_content.ToArray());
            if (role == ListenerRole.Submission && receiver.NeedsFrom
                && !$"\n{text}".Contains("\nFrom:", StringComparison.OrdinalIgnoreCase))
            {
                return SmtpReply.Of(550, "5.6.0", "From missing");
            }
            receiver.Messages.Enqueue(new TakenMessage(envelope, text));
            return SmtpReply.Of(250, "2.0.0", "Ok: queued");
        }

        public ValueTask DisposeAsync() => ValueTask.CompletedTask;
    }
}

/// <summary>A message that a receiver took.</summary>
/// <param name="Content">One character for each byte.</param>
public sealed record TakenMessage(Envelope Envelope, string Content);
