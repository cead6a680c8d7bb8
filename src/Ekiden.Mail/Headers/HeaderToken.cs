namespace Ekiden.Mail.Headers;

/// <summary>Kinds of <see cref="HeaderToken"/>.</summary>
internal enum HeaderTokenKind : byte
{
    /// <summary>Nothing is left.</summary>
    End,

    /// <summary>The text breaks a rule; the token's text says which.</summary>
    Bad,

    /// <summary>An atom: RFC 5322 §3.2.3.</summary>
    Atom,

    /// <summary>A quoted string, its quotes and backslashes taken off: §3.2.4.</summary>
    Quoted,

    /// <summary>A domain literal with its brackets: §3.4.1.</summary>
    Literal,

    /// <summary>A dot.</summary>
    Dot,

    /// <summary>One of <c>&lt; &gt; , : ; @</c>.</summary>
    Special,
}

/// <summary>A lexical token of a structured header field: RFC 5322 §3.2.</summary>
internal readonly record struct HeaderToken(HeaderTokenKind Kind, string Text)
{
    internal bool Is(char special) => Kind == HeaderTokenKind.Special && Text[0] == special;
}
