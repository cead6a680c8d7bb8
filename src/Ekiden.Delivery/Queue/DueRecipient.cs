using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Delivery.Queue;

/// <summary>A recipient that is due.</summary>
/// <param name="Slot">Its slot in the index.</param>
/// <param name="Message">Its message: recipients of one message that come one after the other travel together.</param>
/// <param name="Account">The account that sends.</param>
/// <param name="SenderDomain">The domain of the sender; empty for a notice.</param>
/// <param name="IsBulk">Its stream gives way to others.</param>
internal readonly record struct DueRecipient(
    int Slot, MessageId Message, string Account, string SenderDomain, bool IsBulk)
{
    /// <summary>The same as the index knows it.</summary>
    public static DueRecipient Of(in QueuedRecipient recipient, bool isBulk) =>
        new(recipient.Slot, recipient.Message, recipient.Account, recipient.SenderDomain, isBulk);
}
