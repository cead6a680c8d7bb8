using System.Buffers;
using Ekiden.Delivery.Attempts;
using Ekiden.Directory;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dmarc;
using Ekiden.Spool;

namespace Ekiden.Server.Signing;

/// <summary>
/// Signs in the name of the author's domain, so that DKIM aligns with From (DMARC): when the domain that covers From is
/// the account's and has an active key.
/// </summary>
internal sealed class AuthorSigner(AccountDirectory directory, DomainKeyring keyring) : IMessageSigner
{
    /// <inheritdoc/>
    public ReadOnlyMemory<byte> Sign(AcceptedMessage message, MessageContent content)
    {
        // What came in from outside is not ours to vouch for.
        if (message.RelaxedBodyHash.IsEmpty || message.Origin == MessageOrigin.Inbound) return default;
        var header = HeaderBlock.Read(content.Head(HeaderBlock.MaxLength + 2));
        // Not wholly in memory, so not wholly signed.
        if (header.Problem != HeaderProblem.None || header.BodyOffset == header.Length) return default;
        if (AuthorDomain.Of(header) is not { } author) return default;
        var current = directory.Current;
        if (current.FindCovering(author) is not { } domain || !MaySignFor(message, domain, current)) return default;
        if (keyring.SignerOf(domain, current) is not { } signer) return default;
        var fields = new ArrayBufferWriter<byte>(2048);
        return signer.TrySign(header, message.RelaxedBodyHash.AsSpan(), fields) ? fields.WrittenMemory : default;
    }

    // The author of a notice is this host, whoever's mail it is about.
    private static bool MaySignFor(AcceptedMessage message, SenderDomain domain, DirectorySnapshot current) =>
        message.Origin == MessageOrigin.Notice || current.FindAccount(message.Account)?.Id == domain.AccountId;
}
