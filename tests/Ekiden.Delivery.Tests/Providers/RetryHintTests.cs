using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Tests.Providers;

public sealed class RetryHintTests
{
    [Theory]
    [InlineData("Greylisted, please try again in 300 seconds", 300)]
    [InlineData("try again in 5 minutes", 300)]
    [InlineData("Try again after 1 hour", 3600)]
    [InlineData("retry in 90s", 90)]
    [InlineData("come back in 00:05:00", 300)]
    [InlineData("come back in 05:00", 300)]
    [InlineData("wait at least 10 min before the next mail", 600)]
    [InlineData("Deferred for 120 secs", 120)]
    public void A_wait_in_the_text_is_found(string text, int seconds) =>
        Assert.Equal(TimeSpan.FromSeconds(seconds), RetryHint.Find(text));

    [Theory]
    [InlineData("")]
    [InlineData("try again later")]
    [InlineData("mailbox full, 20 messages")]
    [InlineData("try again in 0 seconds")]
    [InlineData("in 2026 we moved")]
    [InlineData("blocked for 10 reasons")]
    [InlineData("4.7.1 see https://example.org/in/5")]
    public void Other_numbers_are_no_wait(string text) => Assert.Null(RetryHint.Find(text));
}
