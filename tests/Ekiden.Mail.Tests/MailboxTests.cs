using System.Text;

namespace Ekiden.Mail.Tests;

public sealed class MailboxTests
{
    [Theory]
    [InlineData("info@example.jp", "info", "example.jp")]
    [InlineData("Info@EXAMPLE.jp", "Info", "example.jp")]
    [InlineData("a.b@example.jp", "a.b", "example.jp")]
    [InlineData("\"info\"@example.jp", "info", "example.jp")]
    [InlineData("\"in fo\"@example.jp", "in fo", "example.jp")]
    [InlineData("\"a@b\"@example.jp", "a@b", "example.jp")]
    [InlineData("\"a\\\"b\\\\c\\d\"@example.jp", "a\"b\\cd", "example.jp")]
    [InlineData("\"\"@example.jp", "", "example.jp")]
    [InlineData("\"a..b\"@example.jp", "a..b", "example.jp")]
    [InlineData("|/bin/sh@in.test", "|/bin/sh", "in.test")]
    [InlineData("u%out.test@in.test", "u%out.test", "in.test")]
    [InlineData("u@localhost", "u", "localhost")]
    [InlineData("u@[127.0.0.1]", "u", "[127.0.0.1]")]
    [InlineData("u@[127.000.00.1]", "u", "[127.0.0.1]")]
    [InlineData("u@[ipv6:2001:DB8:0:0:0:0:0:1]", "u", "[IPv6:2001:db8::1]")]
    [InlineData("情報@例え.テスト", "情報", "xn--r8jz45g.xn--zckzah")]
    public void An_address_is_read(string text, string localPart, string domain)
    {
        var mailbox = Read(text);

        Assert.Equal(localPart, mailbox.LocalPart);
        Assert.Equal(domain, mailbox.Domain);
    }

    [Theory]
    [InlineData("", MailboxError.Empty)]
    [InlineData("u", MailboxError.NoAt)]
    [InlineData("u%out.test", MailboxError.NoAt)]
    [InlineData("@example.jp", MailboxError.NoLocalPart)]
    [InlineData("u@", MailboxError.NoDomain)]
    [InlineData("u@a@example.jp", MailboxError.DomainCharacter)]
    [InlineData("u@example.jp,out.test", MailboxError.DomainCharacter)]
    [InlineData("<u@example.jp>", MailboxError.LocalPartCharacter)]
    [InlineData("u v@example.jp", MailboxError.LocalPartCharacter)]
    [InlineData("u(c)@example.jp", MailboxError.LocalPartCharacter)]
    [InlineData("u\"v\"@example.jp", MailboxError.LocalPartCharacter)]
    [InlineData(".u@example.jp", MailboxError.LocalPartDots)]
    [InlineData("u.@example.jp", MailboxError.LocalPartDots)]
    [InlineData("u..v@example.jp", MailboxError.LocalPartDots)]
    [InlineData("u..v@notdocomo.ne.jp", MailboxError.LocalPartDots)]
    [InlineData("u..v@x.docomo.ne.jp", MailboxError.LocalPartDots)]
    [InlineData("\"u@example.jp", MailboxError.UnclosedQuote)]
    [InlineData("\"u\\\"@example.jp", MailboxError.UnclosedQuote)]
    [InlineData("\"u\"v@example.jp", MailboxError.TextAfterQuote)]
    [InlineData("\"u\".v@example.jp", MailboxError.TextAfterQuote)]
    [InlineData("\"u\\é\"@example.jp", MailboxError.QuotedCharacter)]
    [InlineData("u\r\n@example.jp", MailboxError.ControlCharacter)]
    [InlineData("\"u\0\"@example.jp", MailboxError.ControlCharacter)]
    [InlineData("\"u\\\r\n\"@example.jp", MailboxError.ControlCharacter)]
    [InlineData("u\u0085@example.jp", MailboxError.ControlCharacter)]
    [InlineData("u\u2028@example.jp", MailboxError.ControlCharacter)]
    [InlineData("u\u202Ev@example.jp", MailboxError.ControlCharacter)]
    [InlineData("u@example.jp\n", MailboxError.ControlCharacter)]
    [InlineData("u@example..jp", MailboxError.EmptyLabel)]
    [InlineData("u@.example.jp", MailboxError.EmptyLabel)]
    [InlineData("u@example.jp.", MailboxError.EmptyLabel)]
    [InlineData("u@-example.jp", MailboxError.LabelHyphen)]
    [InlineData("u@example-.jp", MailboxError.LabelHyphen)]
    [InlineData("u@exa_mple.jp", MailboxError.DomainCharacter)]
    [InlineData("u@[127.0.0.1", MailboxError.AddressLiteral)]
    [InlineData("u@[127.0.1]", MailboxError.AddressLiteral)]
    [InlineData("u@[127.0.0.256]", MailboxError.AddressLiteral)]
    [InlineData("u@[0x7f.0.0.1]", MailboxError.AddressLiteral)]
    [InlineData("u@[::1]", MailboxError.AddressLiteral)]
    [InlineData("u@[IPv6:fe80::1%eth0]", MailboxError.AddressLiteral)]
    [InlineData("u@[tag:something]", MailboxError.AddressLiteral)]
    [InlineData("u@[]", MailboxError.AddressLiteral)]
    public void What_is_no_address_says_why(string text, MailboxError error)
    {
        var invalid = Assert.IsType<MailboxResult.Invalid>(Mailbox.Parse(text, MailboxRules.Utf8));

        Assert.Equal(error, invalid.Error);
    }

    // RFC 5321 §4.5.3.1.1: 64 octets, quotes included.
    [Theory]
    [InlineData("a", 64, true)]
    [InlineData("a", 65, false)]
    [InlineData("é", 32, true)]
    [InlineData("é", 33, false)]
    public void A_local_part_has_at_most_64_octets(string letter, int count, bool isValid) =>
        Assert.Equal(isValid, Mailbox.TryParse(Repeat(letter, count) + "@example.jp", out _));

    [Theory]
    [InlineData(62, true)]
    [InlineData(63, false)]
    public void Quotes_count_towards_the_length_of_a_local_part(int letters, bool isValid) =>
        Assert.Equal(isValid, Mailbox.TryParse($"\"{Repeat("a", letters)}\"@example.jp", out _));

    [Theory]
    [InlineData(63, true)]
    [InlineData(64, false)]
    public void A_label_has_at_most_63_characters(int letters, bool isValid) =>
        Assert.Equal(isValid, Mailbox.TryParse($"u@{Repeat("a", letters)}.jp", out _));

    // RFC 5321 §4.5.3.1.3: a path has at most 256 octets, brackets included.
    [Theory]
    [InlineData(254, true)]
    [InlineData(255, false)]
    public void An_address_has_at_most_254_octets(int length, bool isValid)
    {
        var labels = Repeat("abcdefghi.", 24) + "jp";
        var text = Repeat("u", length - labels.Length - 1) + "@" + labels;

        Assert.Equal(length, text.Length);
        Assert.Equal(isValid, Mailbox.TryParse(text, out _));
    }

    [Theory]
    [InlineData("a..b")]
    [InlineData(".ab")]
    [InlineData("ab.")]
    [InlineData("...")]
    public void Dots_of_a_carrier_address_may_stand_anywhere_and_quotes_make_no_difference(string localPart)
    {
        foreach (var domain in (string[])["docomo.ne.jp", "ezweb.ne.jp", "au.com", "softbank.ne.jp", "DoCoMo.ne.jp"])
        {
            var bare = Read($"{localPart}@{domain}");
            var quoted = Read($"\"{localPart}\"@{domain}");

            Assert.Equal(bare, quoted);
            Assert.Equal(bare.SuppressionKey, quoted.SuppressionKey);
            Assert.Equal($"{localPart}@{domain.ToLowerInvariant()}", quoted.ToString());
            Assert.Equal($"\"{localPart}\"@{domain.ToLowerInvariant()}", bare.ToQuotedString());
        }
    }

    [Theory]
    [InlineData("info@example.jp", "info@example.jp")]
    [InlineData("\"info\"@example.jp", "info@example.jp")]
    [InlineData("\"in fo\"@example.jp", "\"in fo\"@example.jp")]
    [InlineData("\"a..b\"@example.jp", "\"a..b\"@example.jp")]
    [InlineData("\".a\"@example.jp", "\".a\"@example.jp")]
    [InlineData("\"\"@docomo.ne.jp", "\"\"@docomo.ne.jp")]
    [InlineData("\"a\\b\\\"\"@example.jp", "\"ab\\\"\"@example.jp")]
    [InlineData("u@[IPv6:2001:db8:0::1]", "u@[IPv6:2001:db8::1]")]
    public void An_address_is_quoted_only_where_it_must_be(string text, string written) =>
        Assert.Equal(written, Read(text).ToString());

    [Fact]
    public void Case_counts_in_the_local_part_and_not_in_the_domain()
    {
        Assert.Equal(Read("Info@example.jp"), Read("Info@EXAMPLE.JP"));
        Assert.NotEqual(Read("Info@example.jp"), Read("info@example.jp"));
        Assert.Equal("info@example.jp", Read("Info@EXAMPLE.JP").SuppressionKey);
    }

    [Theory]
    [InlineData("u@例え.テスト", false)]
    [InlineData("情報@example.jp", true)]
    public void Only_the_local_part_can_need_smtputf8(string text, bool needs) =>
        Assert.Equal(needs, Read(text).NeedsSmtpUtf8);

    [Theory]
    [InlineData("u@例え.テスト")]
    [InlineData("情報@example.jp")]
    public void Without_smtputf8_an_address_is_ascii(string text)
    {
        Assert.False(Mailbox.TryParse(text, MailboxRules.Ascii, out _, out var error));
        Assert.Equal(MailboxError.NotAscii, error);
    }

    // Not an InlineData: attributes are stored as UTF-8, which cannot hold it.
    [Fact]
    public void A_lone_surrogate_is_no_address() => Assert.Equal(
        new MailboxResult.Invalid(MailboxError.BadEncoding), Mailbox.Parse("u\uD800@a.jp", MailboxRules.Utf8));

    [Fact]
    public void Bytes_that_are_not_utf8_are_no_address()
    {
        byte[] bytes = [.. "u"u8, 0xC3, .. "@a"u8];

        Assert.False(Mailbox.TryParse(bytes, MailboxRules.Utf8, out _, out var error));
        Assert.Equal(MailboxError.BadEncoding, error);
    }

    [Theory]
    [InlineData("u@[127.0.0.1]", "127.0.0.1")]
    [InlineData("u@[IPv6:::ffff:10.0.0.1]", "::ffff:10.0.0.1")]
    [InlineData("u@example.jp", null)]
    public void An_address_literal_is_recognised(string text, string? address)
    {
        var mailbox = Read(text);

        Assert.Equal(address is not null, mailbox.IsAddressLiteral);
        Assert.Equal(address, mailbox.Literal?.ToString());
    }

    // parse ∘ format = identity, for both ways of writing; and nothing harmful ever gets in.
    [Fact]
    public void What_is_written_is_read_back()
    {
        var random = new Random(7);
        var valid = 0;
        for (var i = 0; i < 50_000; i++)
        {
            var localPart = RandomText.Of(random, "a", "b", ".", "\\\\", "\\\"", "+", "日", "(", "@", "\r\n", "\0", ">");
            if (random.Next(2) == 0) localPart = $"\"{localPart}\"";
            var text = localPart + random.GetItems(["@b.test", "@docomo.ne.jp", "@[IPv6:::1]", "@例え.jp"], 1)[0];
            if (!Mailbox.TryParse(text, out var mailbox)) continue;
            valid++;
            Assert.Equal(mailbox, Read(mailbox.ToString()));
            Assert.Equal(mailbox, Read(mailbox.ToQuotedString()));
            Assert.DoesNotContain(mailbox.ToString(), char.IsControl);
            var path = SmtpPath.Parse(Encoding.UTF8.GetBytes($"<{mailbox}>"), MailboxRules.Utf8, out var length);
            Assert.Equal(new SmtpPath.To(mailbox), path);
            Assert.Equal(Encoding.UTF8.GetByteCount(mailbox.ToString()) + 2, length);
        }
        Assert.InRange(valid, 1000, int.MaxValue);
    }

    [Fact]
    public void Random_bytes_never_throw()
    {
        var random = new Random(8);
        for (var i = 0; i < 50_000; i++)
        {
            var bytes = RandomText.Bytes(
                random, "<", ">", "@", ":", ",", "a.b", "\"", "\\", "\xC3\xA9", "[", "]", "postmaster");
            SmtpPath.Parse(bytes, MailboxRules.Utf8, out var length);
            Assert.InRange(length, 0, bytes.Length);
            Mailbox.TryParse(bytes, MailboxRules.Utf8, out _, out _);
        }
    }

    [Fact]
    public void Every_error_has_words()
    {
        var words = Enum.GetValues<MailboxError>().Select(MailboxErrors.Describe).ToList();

        Assert.Equal(words.Count, words.Distinct().Count());
    }

    private static Mailbox Read(string text) =>
        Assert.IsType<MailboxResult.Valid>(Mailbox.Parse(text, MailboxRules.Utf8)).Mailbox;

    private static string Repeat(string text, int count) => string.Concat(Enumerable.Repeat(text, count));
}
