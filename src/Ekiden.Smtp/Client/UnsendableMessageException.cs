namespace Ekiden.Smtp.Client;

/// <summary>
/// What we were given must not go on the wire: our own trouble, not the peer's. The message is to be held and looked
/// at, not deferred and not bounced (reliability.md A-R5, E-R5).
/// </summary>
public abstract class UnsendableMessageException : Exception
{
    private protected UnsendableMessageException(string message) : base(message) { }
}

/// <summary>The content holds a CR without LF, an LF without CR, or a NUL. Never sent, never repaired.</summary>
public sealed class ContentNotCanonicalException : UnsendableMessageException
{
    internal ContentNotCanonicalException(long offset, string what)
        : base($"The stored content has {what} at byte {offset}.") => Offset = offset;

    /// <summary>Where, in bytes from the start of the content.</summary>
    public long Offset { get; }
}

/// <summary>A command would hold a control character. Nothing of it was sent.</summary>
public sealed class CommandNotCleanException : UnsendableMessageException
{
    internal CommandNotCleanException(string verb)
        : base($"A {verb} command would hold a control character.") { }
}
