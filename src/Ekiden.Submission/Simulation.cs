using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>
/// What becomes of mail that must not leave: it is stored, ends in the same commit, and is reported like any other.
/// Addresses at <see cref="Domain"/> choose their fate, so that an application can rehearse every one.
/// </summary>
/// <remarks>
/// The domain is under <c>.invalid</c>, which no name service ever knows (RFC 2606 §2): a real attempt ends at home.
/// </remarks>
public static class Simulation
{
    /// <summary>Where <c>deliver@</c>, <c>bounce@</c>, <c>complain@</c> and <c>defer@</c> live, with anything behind
    /// a plus sign.</summary>
    public const string Domain = "sandbox.invalid";

    private static readonly TimeSpan DeferredFor = TimeSpan.FromMinutes(5);

    /// <summary>The address chooses its fate, whatever key the mail comes with.</summary>
    public static bool IsMagic(Mailbox address) => address.Domain == Domain;

    /// <summary>How a message ends that nobody is to get; null when it is real.</summary>
    internal static JournalEntry.Attempted? Conclude(AcceptedMessage message, bool isSimulated)
    {
        if (message.Origin is MessageOrigin.Inbound or MessageOrigin.Notice) return null;
        var results = ImmutableArray.CreateBuilder<RecipientResult>();
        var recipients = message.Envelope.Recipients;
        for (var place = 0; place < recipients.Length; place++)
        {
            var address = recipients[place].Address;
            if (!isSimulated && !IsMagic(address)) continue;
            results.Add(new RecipientResult(place, Fate(address), message.AcceptedAt + DeferredFor, 1));
        }
        return results.Count == 0 ? null : new JournalEntry.Attempted(
            message.Id, message.AcceptedAt,
            new AttemptDetails("sandbox", "", "", "", false, "eom", TimeSpan.Zero), results.DrainToImmutable());
    }

    private static DeliveryOutcome Fate(Mailbox address)
    {
        var word = IsMagic(address) ? address.LocalPart.Split('+')[0].ToLowerInvariant() : "";
        return word switch
        {
            "bounce" => new DeliveryOutcome.Failed(
                FailureReason.Reply, new EnhancedStatus(5, 1, 1),
                SmtpReply.Of(550, "5.1.1", "User unknown (sandbox)"), ""),
            "defer" => new DeliveryOutcome.Deferred(
                DeferralReason.Reply, new EnhancedStatus(4, 2, 1),
                SmtpReply.Of(450, "4.2.1", "Try again later (sandbox)"), "", false),
            _ => new DeliveryOutcome.Delivered(SmtpReply.Of(250, "2.0.0", "Ok (sandbox)")),
        };
    }
}
