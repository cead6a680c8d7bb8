using Ekiden.Delivery.Bounces;
using Ekiden.Delivery.Providers;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>What people are told of a failure.</summary>
public sealed class ReplySentencesTests
{
    public static TheoryData<ReplyClass> Failures =>
        [.. Enum.GetValues<ReplyClass>().Where(value => value is not (ReplyClass.Undefined or ReplyClass.Accepted))];

    [Theory]
    [MemberData(nameof(Failures))]
    public void Every_class_of_failure_has_one_sentence_in_both_languages(ReplyClass value)
    {
        var sentence = ReplySentences.Of(value);

        Assert.NotNull(sentence);
        Assert.EndsWith(".", sentence.English, StringComparison.Ordinal);
        Assert.EndsWith("。", sentence.Japanese, StringComparison.Ordinal);
        Assert.InRange(sentence.English.Length, 20, 160);
    }

    // Issue 6: wrong address, the receiver blocks us, the mailbox is full, our set-up.
    [Theory]
    [InlineData(ReplyClass.UserUnknown, "address does not exist", "存在しません")]
    [InlineData(ReplyClass.Blocked, "blocks mail from our servers", "拒否しています")]
    [InlineData(ReplyClass.MailboxFull, "mailbox is full", "いっぱい")]
    [InlineData(ReplyClass.AuthFailure, "set-up", "設定")]
    [InlineData(ReplyClass.Filtered, "own filter", "受信設定")]
    [InlineData(ReplyClass.MesgTooBig, "larger", "サイズ")]
    [InlineData(ReplyClass.Speeding, "limits how much", "制限")]
    public void A_sentence_says_what_is_wrong(ReplyClass value, string english, string japanese)
    {
        Assert.Contains(english, ReplySentences.Of(value)!.English, StringComparison.Ordinal);
        Assert.Contains(japanese, ReplySentences.Of(value)!.Japanese, StringComparison.Ordinal);
    }

    [Fact]
    public void Nothing_is_said_about_what_nobody_knows() => Assert.Null(ReplySentences.Of(ReplyClass.Undefined));
}
