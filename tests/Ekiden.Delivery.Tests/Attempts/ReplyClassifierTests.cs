using Ekiden.Delivery.Attempts;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Tests.Attempts;

public sealed class ReplyClassifierTests
{
    [Theory]
    [InlineData(450, "4.2.0", "Greylisted, see http://postgrey", DeferralReason.Greylisted)]
    [InlineData(451, "4.7.1", "Greylisting in action", DeferralReason.Greylisted)]
    [InlineData(421, "4.7.28", "Our system has detected an unusual rate", DeferralReason.Throttled)]
    [InlineData(451, "4.7.0", "Temporary policy", DeferralReason.Throttled)]
    [InlineData(450, "4.2.0", "Too many connections", DeferralReason.Throttled)]
    [InlineData(452, "4.2.2", "Mailbox full", DeferralReason.Reply)]
    [InlineData(451, "4.3.0", "Try again later", DeferralReason.Reply)]
    public void A_transient_reply_defers_with_its_reason(int code, string status, string text, DeferralReason reason)
    {
        var outcome = Classify(code, status, text);
        var deferred = Assert.IsType<DeliveryOutcome.Deferred>(outcome);
        Assert.Equal(reason, deferred.Reason);
        Assert.Equal(status, deferred.Status.ToString());
        Assert.False(deferred.MayBeDuplicated);
    }

    [Fact]
    public void A_permanent_reply_fails() =>
        Assert.Equal("5.1.1", Assert.IsType<DeliveryOutcome.Failed>(
            Classify(550, "5.1.1", "No such user")).Status.ToString());

    // The code decides; a status of another class is not shown.
    [Fact]
    public void A_status_that_contradicts_the_code_is_not_believed() =>
        Assert.Equal("5.0.0", Assert.IsType<DeliveryOutcome.Failed>(Classify(550, "4.1.1", "No")).Status.ToString());

    // delivery.md R4: what is about our address holds the mail up; it does not end it.
    [Theory]
    [InlineData(554, "5.7.1", "Client host blocked using zen.example", DeferralReason.Blocked, "4.7.1")]
    [InlineData(550, "5.7.25", "No PTR record", DeferralReason.Blocked, "4.7.25")]
    [InlineData(550, "5.7.0", "Too many connections", DeferralReason.Throttled, "4.7.0")]
    public void A_permanent_reply_about_us_defers(
        int code, string status, string text, DeferralReason reason, string shown)
    {
        var deferred = Assert.IsType<DeliveryOutcome.Deferred>(Classify(code, status, text));
        Assert.Equal((reason, shown), (deferred.Reason, deferred.Status.ToString()));
    }

    // RFC 5321 §4.5.3.1.10.
    [Theory]
    [InlineData(452, "4.5.3", "Too many recipients")]
    [InlineData(552, "5.5.3", "Too many recipients")]
    public void Too_many_recipients_is_never_final(int code, string status, string text) =>
        Assert.IsType<DeliveryOutcome.Deferred>(Classify(code, status, text));

    [Fact]
    public void A_full_mailbox_by_552_is_final() =>
        Assert.IsType<DeliveryOutcome.Failed>(Classify(552, "5.2.2", "Mailbox full"));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public void A_broken_connection_defers_and_says_whether_it_may_be_a_duplicate(bool afterDot)
    {
        var outcome = Classify(new RecipientResponse.Broken(SmtpPhase.Eom, "reset", afterDot));
        Assert.Equal(afterDot, Assert.IsType<DeliveryOutcome.Deferred>(outcome).MayBeDuplicated);
    }

    [Theory]
    [InlineData("SMTPUTF8", "5.6.7")]
    [InlineData("SIZE", "5.3.4")]
    [InlineData("8BITMIME", "5.6.3")]
    [InlineData("REQUIRETLS", "5.7.30")]
    public void A_missing_extension_fails(string extension, string status)
    {
        var failed = Assert.IsType<DeliveryOutcome.Failed>(
            Classify(new RecipientResponse.Unsupported(extension)));
        Assert.Equal(FailureReason.NotSupportedByPeer, failed.Reason);
        Assert.Equal(status, failed.Status.ToString());
    }

    private static DeliveryOutcome Classify(int code, string status, string text) =>
        Classify(new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(code, status, text)));

    private static DeliveryOutcome Classify(RecipientResponse response) =>
        ReplyClassifier.Classify(response, Provider.Default);
}
