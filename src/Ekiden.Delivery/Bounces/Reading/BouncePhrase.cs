using System.Buffers;
using System.Collections.Immutable;
using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>What a phrase of notices tells.</summary>
internal enum PhraseUse : byte
{
    /// <summary>The line before the returned message.</summary>
    Original,

    /// <summary>The subject of a notice of failure or delay.</summary>
    Subject,

    /// <summary>The author of such notices.</summary>
    Sender,

    /// <summary>The subject of an automatic answer.</summary>
    Vacation,

    /// <summary>The sender is asked to prove that it is a person.</summary>
    Challenge,

    /// <summary>A report about a message, in a provider's own form.</summary>
    Complaint,

    /// <summary>No more mail is wanted.</summary>
    OptOut,

    /// <summary>Only late so far.</summary>
    Delay,

    /// <summary>Addresses in such a line are not the recipient's.</summary>
    Aside,

    /// <summary>The words before an address that did not get the mail.</summary>
    Recipient,

    /// <summary>Said both of users that do not exist and of mail that a user's filter refuses.</summary>
    Vague,

    /// <summary>The server spoke when the connection was opened.</summary>
    Connect,

    /// <summary>The server answered our name.</summary>
    Ehlo,

    /// <summary>The server answered MAIL.</summary>
    Mail,

    /// <summary>The server answered RCPT.</summary>
    Rcpt,

    /// <summary>The server answered the message.</summary>
    Eom,
}

/// <summary>Words by which notices are understood.</summary>
/// <param name="Name">Unique.</param>
/// <param name="Use">What they tell.</param>
/// <param name="Words">Some of which every text that matches contains, in any case: looked for first.</param>
/// <param name="Pattern">What they look like; null where the words alone do.</param>
/// <param name="Examples">As they were written.</param>
internal sealed record BouncePhrase(
    string Name, PhraseUse Use, ImmutableArray<string> Words, TextPattern? Pattern, ImmutableArray<string> Examples)
{
    private readonly SearchValues<string> _words =
        SearchValues.Create(Words.AsSpan(), StringComparison.OrdinalIgnoreCase);

    /// <summary>The phrase is in this text.</summary>
    public bool IsIn(string text) => text.AsSpan().ContainsAny(_words) && (Pattern is null || Pattern.IsMatch(text));
}
