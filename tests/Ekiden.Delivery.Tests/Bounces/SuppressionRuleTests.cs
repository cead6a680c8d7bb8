using Ekiden.Delivery.Bounces.Consequences;
using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>When an address is not mailed any more.</summary>
public sealed class SuppressionRuleTests
{
    private static readonly DateTimeOffset Now = new(2026, 11, 24, 12, 0, 0, TimeSpan.Zero);

    [Theory]
    [InlineData(ReplyClass.UserUnknown)]
    [InlineData(ReplyClass.HostUnknown)]
    [InlineData(ReplyClass.HasMoved)]
    [InlineData(ReplyClass.NotAccept)]
    public void An_address_that_takes_no_mail_is_suppressed_at_once(ReplyClass value) => Assert.Equal(
        new SuppressionDecision.Suppress(SuppressionCause.Hard, null), Decide(Bounce(value), AddressHistory.Unknown));

    // delivery.md B3: these are about us, or about one mail.
    [Theory]
    [InlineData(ReplyClass.AuthFailure)]
    [InlineData(ReplyClass.BadReputation)]
    [InlineData(ReplyClass.Blocked)]
    [InlineData(ReplyClass.Speeding)]
    [InlineData(ReplyClass.NetworkError)]
    [InlineData(ReplyClass.SecurityError)]
    [InlineData(ReplyClass.RequirePtr)]
    [InlineData(ReplyClass.SpamDetected)]
    [InlineData(ReplyClass.Filtered)]
    [InlineData(ReplyClass.Undefined)]
    public void What_is_about_us_or_one_mail_never_suppresses(ReplyClass value) =>
        Assert.IsType<SuppressionDecision.None>(Decide(Bounce(value), AddressHistory.Unknown));

    [Fact]
    public void A_transient_failure_is_not_hard() => Assert.IsType<SuppressionDecision.None>(
        Decide(Bounce(ReplyClass.UserUnknown) with { IsPermanent = false }, AddressHistory.Unknown));

    [Theory]
    [InlineData(0, false)]
    [InlineData(1, false)]
    [InlineData(2, true)]
    public void The_third_full_mailbox_in_the_window_suppresses_for_its_length(int earlier, bool suppresses)
    {
        var history = new AddressHistory
        {
            SoftBounces = [.. Enumerable.Range(1, earlier).Select(i => Now.AddDays(-i))],
        };

        var decision = Decide(Bounce(ReplyClass.MailboxFull), history);

        Assert.Equal(
            suppresses
                ? new SuppressionDecision.Suppress(SuppressionCause.Soft, Now.AddDays(90))
                : new SuppressionDecision.Count(),
            decision);
    }

    [Theory]
    [InlineData(90, true)]
    [InlineData(91, false)]
    public void A_soft_bounce_counts_for_ninety_days(int days, bool suppresses)
    {
        var history = new AddressHistory { SoftBounces = [Now.AddDays(-1), Now.AddDays(-days)] };

        Assert.Equal(suppresses, Decide(Bounce(ReplyClass.MailboxFull), history) is SuppressionDecision.Suppress);
    }

    // As in the outage of a large provider in December 2020: all its users were unknown for some hours.
    [Theory]
    [InlineData(30, false)]
    [InlineData(31, true)]
    public void An_address_that_took_mail_lately_is_not_believed_gone_at_once(int days, bool suppresses)
    {
        var history = new AddressHistory { LastDelivered = Now.AddDays(-days) };

        Assert.Equal(suppresses, Decide(Bounce(ReplyClass.UserUnknown), history) is SuppressionDecision.Suppress);
    }

    [Theory]
    [InlineData(23, false)]
    [InlineData(24, true)]
    public void A_second_bounce_a_day_later_is_believed(int hours, bool suppresses)
    {
        var history = new AddressHistory
        {
            LastDelivered = Now.AddDays(-20),
            FirstHardBounce = Now.AddHours(-hours),
        };

        Assert.Equal(suppresses, Decide(Bounce(ReplyClass.UserUnknown), history) is SuppressionDecision.Suppress);
    }

    [Theory]
    [InlineData("abuse", SuppressionCause.Complaint)]
    [InlineData("opt-out", SuppressionCause.Unsubscribe)]
    public void A_complaint_and_a_wish_for_no_more_mail_count_for_good(string type, SuppressionCause cause) =>
        Assert.Equal(new SuppressionDecision.Suppress(cause, null), Decide(Report(type), AddressHistory.Unknown));

    [Theory]
    [InlineData("auth-failure")]
    [InlineData("virus")]
    public void A_report_that_is_no_complaint_suppresses_nobody(string type) =>
        Assert.IsType<SuppressionDecision.None>(Decide(Report(type), AddressHistory.Unknown));

    private static SuppressionDecision Decide(BounceResult bounce, AddressHistory history) =>
        SuppressionRule.Default.Decide(bounce, history, Now);

    private static BounceResult Bounce(ReplyClass value) =>
        new("taro@example.jp", BounceReason.Of(value)) { IsPermanent = true };

    private static BounceResult Report(string type) =>
        new("taro@example.jp", BounceReason.Feedback) { FeedbackType = type };
}
