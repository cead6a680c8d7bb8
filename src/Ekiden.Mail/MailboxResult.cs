namespace Ekiden.Mail;

/// <summary>What came of reading an address.</summary>
public abstract record MailboxResult
{
    private MailboxResult() { } // closed: every case is below

    /// <summary>The text is an address.</summary>
    public sealed record Valid(Mailbox Mailbox) : MailboxResult;

    /// <summary>The text is none.</summary>
    /// <param name="Error">The first rule it breaks; never <see cref="MailboxError.None"/>.</param>
    public sealed record Invalid(MailboxError Error) : MailboxResult
    {
        /// <summary>
        /// The rule in words, for people: a sentence without a full stop and without the text itself.
        /// </summary>
        public string Why => MailboxErrors.Describe(Error);
    }
}
