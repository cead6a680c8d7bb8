namespace Ekiden.Spool;

/// <summary>An accepted message, opened for an attempt.</summary>
public sealed class StoredMessage(AcceptedMessage message, MessageContent content) : IDisposable
{
    /// <summary>What was known when it was accepted.</summary>
    public AcceptedMessage Message { get; } = message;

    /// <summary>Headers and body, CRLF line ends, not dot-stuffed.</summary>
    public MessageContent Content { get; } = content;

    /// <summary>Gives the content's memory back.</summary>
    public void Dispose() => Content.Dispose();
}
