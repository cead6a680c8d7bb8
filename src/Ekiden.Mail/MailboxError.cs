namespace Ekiden.Mail;

/// <summary>Why a text is not an address. In words: <see cref="MailboxErrors.Describe"/>.</summary>
public enum MailboxError : byte
{
    /// <summary>It is one.</summary>
    None,

    /// <summary>There is no text.</summary>
    Empty,

    /// <summary>Over 254 octets: RFC 5321 §4.5.3.1.3.</summary>
    TooLong,

    /// <summary>A C0 or C1 control, DEL, a line or paragraph separator, or a bidirectional control.</summary>
    ControlCharacter,

    /// <summary>The bytes are not UTF-8, or a surrogate stands alone.</summary>
    BadEncoding,

    /// <summary>A character outside ASCII where SMTPUTF8 was not said: RFC 6531 §3.4.</summary>
    NotAscii,

    /// <summary>No @.</summary>
    NoAt,

    /// <summary>Nothing stands before the @.</summary>
    NoLocalPart,

    /// <summary>Over 64 octets before the @, quotes included: RFC 5321 §4.5.3.1.1.</summary>
    LocalPartTooLong,

    /// <summary>A character that must be quoted.</summary>
    LocalPartCharacter,

    /// <summary>
    /// A dot at the start or end of the local part, or two in a row, unquoted, outside the listed carriers.
    /// </summary>
    LocalPartDots,

    /// <summary>A quoted local part that does not end.</summary>
    UnclosedQuote,

    /// <summary>A character that may not stand in quotes, or after a backslash.</summary>
    QuotedCharacter,

    /// <summary>Text between the closing quote and the @.</summary>
    TextAfterQuote,

    /// <summary>Nothing stands after the @.</summary>
    NoDomain,

    /// <summary>The domain, in A-label form, is over 253 characters: 255 octets on the wire, RFC 1035 §2.3.4.</summary>
    DomainTooLong,

    /// <summary>A label, in A-label form, is over 63 characters: RFC 1035 §2.3.4.</summary>
    LabelTooLong,

    /// <summary>A dot at the start or end of the domain, or two in a row.</summary>
    EmptyLabel,

    /// <summary>A character that is neither letter, digit nor hyphen.</summary>
    DomainCharacter,

    /// <summary>A hyphen at the start or end of a label: RFC 5321 §4.1.2.</summary>
    LabelHyphen,

    /// <summary>A label that no international domain name can have: UTS 46 §4.</summary>
    NotAnIdnLabel,

    /// <summary>Brackets that hold no IPv4 or IPv6 address: RFC 5321 §4.1.3.</summary>
    AddressLiteral,

    /// <summary>An angle bracket is missing: RFC 5321 §4.1.2.</summary>
    NoBrackets,

    /// <summary>A source route that is not <c>@domain,@domain:</c>. RFC 5321 §4.1.2.</summary>
    SourceRoute,
}

/// <summary>The words of <see cref="MailboxError"/>.</summary>
public static class MailboxErrors
{
    /// <summary>
    /// One short sentence without a full stop; the same for every text, so that it may be shown and logged.
    /// </summary>
    public static string Describe(MailboxError error) => error switch
    {
        MailboxError.None => "valid",
        MailboxError.Empty => "the address is empty",
        MailboxError.TooLong => "the address is longer than 254 octets",
        MailboxError.ControlCharacter => "the address holds a control character",
        MailboxError.BadEncoding => "the address is not valid UTF-8",
        MailboxError.NotAscii => "the address holds a character outside ASCII, which needs SMTPUTF8",
        MailboxError.NoAt => "the @ is missing",
        MailboxError.NoLocalPart => "nothing stands before the @",
        MailboxError.LocalPartTooLong => "the part before the @ is longer than 64 octets",
        MailboxError.LocalPartCharacter => "the part before the @ holds a character that must be quoted",
        MailboxError.LocalPartDots => "a dot stands first or last before the @, or two stand together",
        MailboxError.UnclosedQuote => "the closing quote is missing",
        MailboxError.QuotedCharacter => "the quoted part holds a character that it may not",
        MailboxError.TextAfterQuote => "text stands between the closing quote and the @",
        MailboxError.NoDomain => "nothing stands after the @",
        MailboxError.DomainTooLong => "the domain is longer than 253 characters",
        MailboxError.LabelTooLong => "a label of the domain is longer than 63 characters",
        MailboxError.EmptyLabel => "a dot stands first or last in the domain, or two stand together",
        MailboxError.DomainCharacter => "the domain holds a character other than letters, digits and hyphens",
        MailboxError.LabelHyphen => "a label of the domain begins or ends with a hyphen",
        MailboxError.NotAnIdnLabel => "a label of the domain is not a valid international name",
        MailboxError.AddressLiteral => "the brackets hold no IPv4 or IPv6 address",
        MailboxError.NoBrackets => "the angle brackets are missing",
        MailboxError.SourceRoute => "the source route is malformed",
        _ => throw new ArgumentOutOfRangeException(nameof(error), error, null),
    };
}
