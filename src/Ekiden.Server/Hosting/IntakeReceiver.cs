using Ekiden.Directory;
using Ekiden.Mail;
using Ekiden.Mail.Headers;
using Ekiden.Server.Hosting.Returns;
using Ekiden.Smtp.Server;
using Ekiden.Spool;
using Ekiden.Submission;
using Ekiden.Submission.Returns;

namespace Ekiden.Server.Hosting;

/// <summary>What SMTP sessions hand their mail to: asks the directory who it is, and Intake whether it is
/// taken.</summary>
internal sealed class IntakeReceiver(
    Intake intake, AccountDirectory directory, ListenerAccounts accounts, ReturnIntake returned) : IMailReceiver
{
    public ValueTask<SignIn?> SignInAsync(
        SessionInfo session, string user, string password, CancellationToken cancel) =>
        ValueTask.FromResult(ToSignIn(directory.Current.FindKeyByPassword(user, password), user));

    public ValueTask<ScramVerifier> FindScramVerifierAsync(SessionInfo session, string user, CancellationToken cancel)
    {
        var (credential, key) = directory.Current.FindScram(user);
        return ValueTask.FromResult(new ScramVerifier(
            credential.Salt, credential.Iterations, credential.StoredKey, credential.ServerKey, ToSignIn(key, user)));
    }

    public ValueTask<SmtpReply?> CheckSenderAsync(
        SessionInfo session, Mailbox? sender, long declaredSize, CancellationToken cancel) =>
        ValueTask.FromResult(intake.CheckSender(Client(session), sender, declaredSize)?.Reply);

    public ValueTask<SmtpReply?> CheckRecipientAsync(
        SessionInfo session, Mailbox? sender, EnvelopeRecipient recipient, CancellationToken cancel) =>
        ValueTask.FromResult(intake.CheckRecipient(Client(session), recipient.Address)?.Reply);

    public ValueTask<(IMessageSink? Sink, SmtpReply? Refusal)> BeginAsync(
        SessionInfo session, Envelope envelope, CancellationToken cancel)
    {
        var (content, refusal) = intake.Begin(0);
        return ValueTask.FromResult<(IMessageSink?, SmtpReply?)>(content is null
            ? (null, refusal!.Reply) // Begin returns exactly one of the two
            : (new Sink(this, Client(session, envelope.SmtpUtf8), envelope, content), null));
    }

    // A key signs in by SMTP only when it may send: DESIGN §11 "keys".
    private static SignIn? ToSignIn(AccessKey? key, string user) =>
        key is not null && key.Scopes.HasFlag(KeyScopes.Send) ? new SignIn(key.AccountId, key.Id, user) : null;

    private MailClient Client(SessionInfo session, bool isUtf8 = false) =>
        new(OriginOf(session.Role), AccountOf(session))
        {
            Key = session.SignIn?.Key,
            Address = session.ClientAddress,
            HelloName = session.HelloName,
            Session = session.SessionId,
            Protocol = ReceivedField.Protocol(
            session.IsExtended, session.TlsProtocol is not null, session.SignIn is not null, isUtf8),
            TlsProtocol = session.TlsProtocol,
            TlsCipher = session.TlsCipher,
        };

    private string AccountOf(SessionInfo session)
    {
        if (session.SignIn is { } signIn) return signIn.Account;
        var name = accounts.Of(session.Listener);
        return directory.Current.FindAccount(name)?.Id ?? name;
    }

    private ValueTask<IntakeResult> AcceptAsync(IncomingMessage incoming, CancellationToken cancel) =>
        intake.AcceptAsync(incoming, cancel);

    private static MessageOrigin OriginOf(ListenerRole role) => role switch
    {
        ListenerRole.Submission => MessageOrigin.Submission,
        ListenerRole.Relay => MessageOrigin.Relay,
        _ => MessageOrigin.Inbound,
    };

    // Null when nothing of it is for anybody else: it is ours, and goes nowhere.
    private async ValueTask<Envelope?> TakeReturnsAsync(
        MailClient client, Envelope envelope, ReceivedContent content, CancellationToken cancel)
    {
        if (client.Origin is not MessageOrigin.Inbound || intake.Options.Returns is not { } returns) return envelope;
        var back = envelope.Recipients.RemoveAll(recipient => !IsReturn(recipient));
        if (back.IsEmpty) return envelope;
        await returned.TakeAsync(content.Content, returns, back.Select(recipient => recipient.Address), cancel);
        var others = envelope.Recipients.RemoveAll(recipient => IsReturn(recipient));
        return others.IsEmpty ? null : envelope with { Recipients = others };

        bool IsReturn(EnvelopeRecipient recipient) =>
            returns.Read(recipient.Address, DateTimeOffset.UnixEpoch) is not ReturnAddressResult.None;
    }

    private sealed class Sink(
        IntakeReceiver receiver, MailClient client, Envelope envelope, ReceivedContent content) : IMessageSink
    {
        private bool _isRoomGone;

        // The client hears of it at the end of its data: there is no reply before.
        public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
        {
            if (_isRoomGone) return ValueTask.CompletedTask;
            var writing = content.WriteAsync(bytes, cancel);
            return writing.IsCompletedSuccessfully ? writing : NoticeRoomAsync(writing);
        }

        public async ValueTask<SmtpReply> CompleteAsync(CancellationToken cancel)
        {
            if (_isRoomGone) return Intake.NoRoom.Reply;
            if (await receiver.TakeReturnsAsync(client, envelope, content, cancel) is not { } others)
                return SmtpReply.Of(250, "2.0.0", "Ok: taken");
            var result = await receiver.AcceptAsync(new IncomingMessage(client, others, content), cancel);
            KillPoint.Pass("accept.before_reply");
            return result switch
            {
                IntakeResult.Accepted accepted => SmtpReply.Of(250, "2.0.0", $"Ok: queued as {accepted.Id}"),
                IntakeResult.Refused refused => refused.Refusal.Reply,
                _ => throw new InvalidOperationException("IntakeResult is a closed family"),
            };
        }

        private async ValueTask NoticeRoomAsync(ValueTask writing)
        {
            try
            {
                await writing;
            }
            catch (SpoolFullException)
            {
                _isRoomGone = true;
            }
        }

        public ValueTask DisposeAsync()
        {
            content.Dispose();
            return ValueTask.CompletedTask;
        }
    }
}
