using Ekiden.Mail.Headers;

namespace Ekiden.Mail.Tests.Headers;

// RFC 2047
public sealed class EncodedWordsTests
{
    [Theory]
    [InlineData("=?utf-8?B?5pel5pys?=", "日本")]
    [InlineData("=?UTF-8?q?=E6=97=A5=E6=9C=AC?=", "日本")]
    [InlineData("=?utf-8*ja?B?5pel5pys?=", "日本")]
    [InlineData("=?ISO-8859-1?Q?a=E9b_c?=", "aéb c")]
    [InlineData("=?iso-8859-15?Q?=A4?=", "€")]
    [InlineData("=?ISO-8859-2?Q?=B3?=", "ł")]
    [InlineData("=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=", "日本")]
    [InlineData("=?shift_jis?B?k/qWew==?=", "日本")]
    [InlineData("=?euc-jp?B?xvzL3A==?=", "日本")]
    [InlineData("=?utf-8?B?5pel?= =?utf-8?B?5pys?=", "日本")]
    [InlineData("=?utf-8?B?5pel?=\t =?utf-8?B?5pys?= x", "日本 x")]
    [InlineData("=?utf-8?B?5pel5g==?= =?utf-8?B?nKw=?=", "日本")]
    [InlineData("=?utf-8?B?5pel?=x=?utf-8?B?5pys?=", "日x本")]
    [InlineData("a =?utf-8?B?5pel?= b", "a 日 b")]
    [InlineData("=?utf-8?B?5pel5pys?", "=?utf-8?B?5pel5pys?")]
    [InlineData("=?utf-8?X?abc?=", "=?utf-8?X?abc?=")]
    [InlineData("=?no-such-charset?B?YWJj?=", "=?no-such-charset?B?YWJj?=")]
    [InlineData("=?utf-8?B?*?=", "=?utf-8?B?*?=")]
    [InlineData("=?utf-8?Q?a=ZZb?=", "a=ZZb")]
    [InlineData("=?utf-8?Q??=", "")]
    [InlineData("=?utf-8?B?YWJj", "=?utf-8?B?YWJj")]
    [InlineData("=?=?=?", "=?=?=?")]
    [InlineData("=??B?YWJj?=", "=??B?YWJj?=")]
    [InlineData("plain", "plain")]
    public void Words_are_decoded_and_everything_else_stays(string text, string decoded) =>
        Assert.Equal(decoded, EncodedWords.Decode(text));

    [Fact]
    public void Random_text_never_throws()
    {
        var random = new Random(4);
        for (var i = 0; i < 20_000; i++)
        {
            EncodedWords.Decode(RandomText.Of(random,
                "=?", "?=", "?", "=", "utf-8", "iso-2022-jp", "utf-7", "gb18030", "B", "Q", "YWJj", "=E6", " ", "*"));
        }
    }
}
