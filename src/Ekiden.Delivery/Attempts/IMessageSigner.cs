using Ekiden.Spool;

namespace Ekiden.Delivery.Attempts;

/// <summary>Signs a message when it is due (DESIGN §11). Thread-safe.</summary>
public interface IMessageSigner
{
    /// <summary>
    /// The header fields to send in front of the stored content, each with its CRLF; empty when nobody here can sign
    /// for the author.
    /// </summary>
    /// <param name="message">As it was accepted.</param>
    /// <param name="content">Stays as it is.</param>
    /// <exception cref="System.Security.Cryptography.CryptographicException">
    /// A key cannot be used: the message is deferred, rather than sent as if it were forged.
    /// </exception>
    ReadOnlyMemory<byte> Sign(AcceptedMessage message, MessageContent content);
}
