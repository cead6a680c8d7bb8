namespace Ekiden.Mail;

/// <summary>Which characters the reader of an address allows. The grammar is the same.</summary>
public enum MailboxRules : byte
{
    /// <summary>ASCII alone: a command without SMTPUTF8. RFC 5321 §4.1.2.</summary>
    Ascii,

    /// <summary>UTF-8 in local part and domain: RFC 6531 §3.3.</summary>
    Utf8,
}
