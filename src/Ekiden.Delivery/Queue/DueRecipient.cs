using Ekiden.Mail;

namespace Ekiden.Delivery.Queue;

/// <summary>A recipient that is due.</summary>
/// <param name="Slot">Its slot in the index.</param>
/// <param name="Message">Its message: recipients of one message that come one after the other travel together.</param>
internal readonly record struct DueRecipient(int Slot, MessageId Message);
