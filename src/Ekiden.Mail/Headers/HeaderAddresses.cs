using System.Collections.Immutable;

namespace Ekiden.Mail.Headers;

/// <summary>What came of reading From, Sender, To or another field of addresses.</summary>
public abstract record HeaderAddresses
{
    private HeaderAddresses() { } // closed: every case is below

    /// <summary>The field can be read.</summary>
    /// <param name="Addresses">In order, groups taken apart; empty for a group without members.</param>
    public sealed record Valid(ImmutableArray<HeaderAddress> Addresses) : HeaderAddresses;

    /// <summary>The field cannot be read, or not in one way only: nobody may act on it.</summary>
    /// <param name="Why">In a few words, without the text itself.</param>
    public sealed record Invalid(string Why) : HeaderAddresses;
}

/// <summary>One address of a header field.</summary>
/// <param name="DisplayName">
/// The name beside it, decoded and made safe to show; empty when there is none. Never judged.
/// </param>
/// <param name="Mailbox">The address: what authorisation looks at.</param>
public sealed record HeaderAddress(string DisplayName, Mailbox Mailbox);
