using System.Diagnostics;
using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.Mail.Tests.Headers;

public sealed class HeaderAddressParserTests
{
    [Theory]
    [InlineData("a@b.test", "a@b.test")]
    [InlineData("<a@b.test>", "a@b.test")]
    [InlineData("Name <a@b.test>", "a@b.test")]
    [InlineData("\"x@evil.test\" <a@b.test>", "a@b.test")]
    [InlineData("x@evil.test <a@b.test>", null)]
    [InlineData("(x@evil.test) a@b.test", "a@b.test")]
    [InlineData("a@b.test (x@evil.test)", "a@b.test")]
    [InlineData("a(c)@(c)b(c).(c)test", "a@b.test")]
    [InlineData("((nested (deep)) \\) ) a@b.test", "a@b.test")]
    [InlineData("A. Name <a@b.test>", "a@b.test")]
    [InlineData("[List] Name <a@b.test>", "a@b.test")]
    [InlineData("=?utf-8?Q?x=40evil.test?= <a@b.test>", "a@b.test")]
    [InlineData("a@b.test, c@d.test", "a@b.test c@d.test")]
    [InlineData("a@b.test,, c@d.test,", "a@b.test c@d.test")]
    [InlineData("Group: a@b.test, N <c@d.test>;", "a@b.test c@d.test")]
    [InlineData("Group: a@b.test;, e@f.test", "a@b.test e@f.test")]
    [InlineData("undisclosed-recipients:;", "")]
    [InlineData("", "")]
    [InlineData("a . b @ c . test", "a.b@c.test")]
    [InlineData("\"a\".\"b c\"@d.test", "\"a.b c\"@d.test")]
    [InlineData("\"a b\"@d.test", "\"a b\"@d.test")]
    [InlineData("<@x.test,@y.test:a@b.test>", "a@b.test")]
    [InlineData("a@[192.0.2.1]", "a@[192.0.2.1]")]
    [InlineData("a..b@docomo.ne.jp", "a..b@docomo.ne.jp")]
    [InlineData("\"a..b\"@docomo.ne.jp", "a..b@docomo.ne.jp")]
    [InlineData("a..b@example.jp", null)]
    [InlineData("a@ＥＸＡＭＰＬＥ。ＪＰ", "a@example.jp")]
    [InlineData("a@b.test c@d.test", null)]
    [InlineData("<a@b.test> c@d.test", null)]
    [InlineData("<a@b.test> <c@d.test>", null)]
    [InlineData("a@b.test@c.test", null)]
    [InlineData("a b@c.test", null)]
    [InlineData("\"a\"b@c.test", null)]
    [InlineData("\"a\"..\"b\"@c.test", null)]
    [InlineData("Name", null)]
    [InlineData("Name <>", null)]
    [InlineData("<a@b.test", null)]
    [InlineData("a@b.test>", null)]
    [InlineData("<<a@b.test>>", null)]
    [InlineData("Group: a@b.test", null)]
    [InlineData("Group: Inner: a@b.test;;", null)]
    [InlineData("a@b.test;", null)]
    [InlineData(": a@b.test;", null)]
    [InlineData("(open a@b.test", null)]
    [InlineData("\"open <a@b.test>", null)]
    [InlineData("a@b.test)", null)]
    [InlineData("=?utf-8?Q?x@evil.test?=", null)]
    [InlineData("a@[192.0.2.1", null)]
    [InlineData("a@", null)]
    [InlineData("@b.test", null)]
    public void A_field_is_judged_by_its_addresses_alone(string value, string? addresses)
    {
        var read = HeaderAddressParser.Parse(Encoding.UTF8.GetBytes(value));

        Assert.Equal(addresses, Join(read));
    }

    // ESC $ B … ESC ( B, unencoded: its bytes hold brackets and quotes that another reader would see as text.
    [Fact]
    public void A_name_in_raw_ISO_2022_JP_is_refused() =>
        Assert.Null(Join(HeaderAddressParser.Parse("\u001b$B<#;R\u001b(B <a@b.test>"u8)));

    [Fact]
    public void Bytes_that_are_not_utf8_may_stand_in_a_name_but_not_in_an_address()
    {
        Assert.Equal("a@b.test", Join(HeaderAddressParser.Parse([0x93, 0xFA, .. " <a@b.test>"u8])));
        Assert.Null(Join(HeaderAddressParser.Parse([(byte)'a', 0x93, .. "@b.test"u8])));
        Assert.Null(Join(HeaderAddressParser.Parse([.. "a@b"u8, 0x93, .. ".test"u8])));
    }

    [Theory]
    [InlineData("=?utf-8?B?5pel5pys?= <a@b.test>", "日本")]
    [InlineData("\"Last, First\" <a@b.test>", "Last, First")]
    [InlineData("A. B  C <a@b.test>", "A. B C")]
    [InlineData("a@b.test", "")]
    public void A_display_name_is_decoded(string value, string name)
    {
        var valid = Assert.IsType<HeaderAddresses.Valid>(HeaderAddressParser.Parse(value));

        Assert.Equal(name, Assert.Single(valid.Addresses).DisplayName);
    }

    [Theory]
    [InlineData(1000, true)]
    [InlineData(1001, false)]
    public void A_field_has_at_most_1000_addresses(int count, bool isValid)
    {
        var field = string.Join(',', Enumerable.Repeat("a@b.test", count));

        Assert.Equal(isValid, HeaderAddressParser.Parse(field) is HeaderAddresses.Valid);
    }

    [Theory]
    [InlineData("(")]
    [InlineData("((")]
    [InlineData("()")]
    [InlineData("\"")]
    [InlineData("<")]
    [InlineData("a:")]
    [InlineData(",")]
    [InlineData("[")]
    [InlineData("a.")]
    [InlineData("=?utf-8?B?")]
    public void A_hundred_thousand_of_anything_take_time_in_proportion(string piece)
    {
        var watch = Stopwatch.StartNew();
        HeaderAddressParser.Parse(string.Concat(Enumerable.Repeat(piece, 100_000)));

        Assert.InRange(watch.Elapsed, TimeSpan.Zero, TimeSpan.FromSeconds(10));
    }

    [Fact]
    public void An_independent_reader_finds_the_same_addresses()
    {
        var random = new Random(3);
        var compared = 0;
        for (var i = 0; i < 20_000; i++)
        {
            var text = RandomText.Of(
                random, "a", "b.test", "@", "@", "<", ">", ",", " ", "\"x y\"", "(c)", "N ", ".", "a@b.test");
            if (HeaderAddressParser.Parse(text) is not HeaderAddresses.Valid { Addresses.Length: > 0 } mine) continue;
            if (!MimeKit.InternetAddressList.TryParse(text, out var theirs)) continue;
            var addresses = theirs.Mailboxes.Select(mailbox => mailbox.Address).ToList();
            if (addresses.Any(address => !Mailbox.TryParse(address, out _))) continue; // their grammar is wider
            compared++;
            Assert.Equal(mine.Addresses.Select(address => address.Mailbox), addresses.Select(Read));
        }
        Assert.InRange(compared, 300, int.MaxValue);
    }

    private static Mailbox Read(string text) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);

    private static string? Join(HeaderAddresses read) => read is HeaderAddresses.Valid valid
        ? string.Join(' ', valid.Addresses.Select(address => address.Mailbox.ToString()))
        : null;
}
