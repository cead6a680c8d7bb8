using System.Text;
using Ekiden.Mail.Dsn;

namespace Ekiden.Mail.Tests.Dsn;

public sealed class PlainSentencesTests
{
    [Theory]
    [InlineData("5.1.1", "The address does not exist", "存在しません")]
    [InlineData("5.1.2", "domain of the address does not exist", "ドメインが存在しません")]
    [InlineData("5.1.10", "takes no mail", "受け付けていません")]
    [InlineData("5.2.2", "mailbox is full", "いっぱいです")]
    [InlineData("5.3.4", "larger than", "上限を超えています")]
    [InlineData("4.4.1", "does not answer", "応答しません")]
    [InlineData("4.4.3", "name service", "DNS")]
    [InlineData("5.4.6", "circles", "循環")]
    [InlineData("5.4.7", "in the time allowed", "期限内")]
    [InlineData("5.7.1", "refuses", "拒否")]
    [InlineData("5.7.26", "set-up", "設定")]
    [InlineData("5.7.515", "set-up", "設定")]
    [InlineData("5.7.999", "security or policy", "方針")]
    [InlineData("5.6.999", "contents", "内容")]
    [InlineData("5.0.0", "no closer reason", "詳しい理由")]
    [InlineData("5.123.7", "no closer reason", "詳しい理由")]
    public void A_status_has_one_sentence_in_both_languages(string status, string english, string japanese)
    {
        Assert.True(EnhancedStatus.TryParse(status, out var parsed));
        var sentence = PlainSentences.Of(parsed);

        Assert.Contains(english, sentence.English, StringComparison.Ordinal);
        Assert.Contains(japanese, sentence.Japanese, StringComparison.Ordinal);
    }

    [Fact]
    public void Every_sentence_is_one_in_its_own_language()
    {
        for (short subject = 0; subject <= 8; subject++)
        {
            for (short detail = 0; detail <= 40; detail++)
            {
                var sentence = PlainSentences.Of(new EnhancedStatus(5, subject, detail));
                Assert.True(Ascii.IsValid(sentence.English));
                Assert.EndsWith(".", sentence.English, StringComparison.Ordinal);
                Assert.EndsWith("。", sentence.Japanese, StringComparison.Ordinal);
                Assert.Contains(sentence.Japanese, letter => letter is >= '\u3041' and <= '\u3096');
            }
        }
    }
}
