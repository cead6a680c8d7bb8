using System.Text;

namespace Ekiden.Mail.Tests;

// reliability D-T6: one answer per domain, whatever its spelling.
public sealed class DomainNameTests
{
    [Theory]
    [InlineData("example.jp", "example.jp")]
    [InlineData("ＥＸＡＭＰＬＥ．ＪＰ", "example.jp")]
    [InlineData("ｅｘａｍｐｌｅ。jp", "example.jp")]
    [InlineData("example｡jp", "example.jp")]
    [InlineData("Bücher.DE", "xn--bcher-kva.de")]
    [InlineData("BU\u0308CHER.de", "xn--bcher-kva.de")]
    [InlineData("例え.テスト", "xn--r8jz45g.xn--zckzah")]
    [InlineData("例え。ﾃｽﾄ", "xn--r8jz45g.xn--zckzah")]
    [InlineData("か\u3099.jp", "xn--v8j.jp")]
    [InlineData("が.jp", "xn--v8j.jp")]
    [InlineData("ｶﾞ.jp", "xn--mck.jp")]
    [InlineData("XN--R8JZ45G.jp", "xn--r8jz45g.jp")]
    [InlineData("faß.de", "xn--fa-hia.de")]
    [InlineData("\u212A.com", "k.com")]
    [InlineData("\u00ADa.com", "a.com")]
    [InlineData("한국.kr", "xn--3e0b707e.kr")]
    [InlineData("\u1112\u1161\u11AB국.kr", "xn--3e0b707e.kr")]
    [InlineData("παράδειγμα.δοκιμή", "xn--hxajbheg2az3al.xn--jxalpdlp")]
    [InlineData("㈱.jp", null)]
    [InlineData("①.jp", "1.jp")]
    [InlineData("☕.example", "xn--53h.example")]
    [InlineData("क्\u200Dष.com", "xn--11b2ezcw70k.com")]
    [InlineData("a\u200Db.com", null)]
    [InlineData("\u0301a.com", null)]
    [InlineData("日\uE000.jp", null)]
    [InlineData("日 本.jp", null)]
    [InlineData("日@本.jp", null)]
    [InlineData("-日本.jp", null)]
    [InlineData("日本-.jp", null)]
    [InlineData("日本--語.jp", null)]
    [InlineData("日\uFFFD.jp", null)]
    [InlineData("日本..jp", null)]
    [InlineData("。jp", null)]
    [InlineData("\u00AD.jp", null)]
    public void A_domain_has_one_form(string text, string? domain) =>
        Assert.Equal(domain, DomainName.TryNormalize(text, out var normal) ? normal : null);

    [Fact]
    public void A_form_is_its_own_form()
    {
        var random = new Random(6);
        var domains = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = RandomText.Of(
                random, "a", "B", ".", "-", "日", "が", "か\u3099", "é", "e\u0301", "ß", "Ａ", "ｶﾞ", "한");
            if (!DomainName.TryNormalize(text, out var domain)) continue;
            domains++;
            Assert.True(DomainName.TryNormalize(domain, out var again));
            Assert.Equal(domain, again);
            Assert.True(Ascii.IsValid(domain));
        }
        Assert.InRange(domains, 1000, int.MaxValue);
    }

    [Theory]
    [InlineData(253, true)]
    [InlineData(254, false)]
    public void A_domain_has_at_most_253_characters(int length, bool isValid)
    {
        var text = string.Concat(Enumerable.Repeat("abcdefghi.", 25)) + new string('j', length - 250);

        Assert.Equal(isValid, DomainName.TryNormalize(text, out _));
    }
}
