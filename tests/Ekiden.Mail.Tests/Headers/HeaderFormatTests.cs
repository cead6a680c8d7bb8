using System.Net;
using System.Text;
using Ekiden.Mail.Headers;
using MimeKit.Utils;

namespace Ekiden.Mail.Tests.Headers;

public sealed class HeaderFormatTests
{
    private static readonly DateTimeOffset Noon = new(2026, 11, 4, 12, 5, 9, TimeSpan.FromHours(9));

    [Theory]
    [InlineData("plain text", "Subject: plain text\r\n")]
    [InlineData("", "Subject: \r\n")]
    [InlineData("日本", "Subject: =?utf-8?B?5pel5pys?=\r\n")]
    [InlineData("a =?b", "Subject: =?utf-8?B?YSA9P2I=?=\r\n")]
    [InlineData(" blanks ", "Subject: =?utf-8?B?IGJsYW5rcyA=?=\r\n")]
    public void A_field_is_encoded_only_where_it_must_be(string value, string field) =>
        Assert.Equal(field, HeaderField.Format("Subject", value));

    [Theory]
    [InlineData("a\r\nBcc: x@y.test")]
    [InlineData("a\nb")]
    [InlineData("a\0b")]
    [InlineData("a\u007Fb")]
    [InlineData("a\u0085b")]
    [InlineData("a\u2028b")]
    public void A_control_character_in_a_value_is_our_own_mistake(string value)
    {
        Assert.Throws<ArgumentException>(() => HeaderField.Format("Subject", value));
        Assert.Throws<ArgumentException>(() => HeaderField.FormatAddress("From", value, Read("a@b.test")));
    }

    [Theory]
    [InlineData("")]
    [InlineData("Sub ject")]
    [InlineData("Subject:")]
    [InlineData("Subject\r\nBcc")]
    [InlineData("Sübject")]
    public void A_bad_name_is_our_own_mistake(string name) =>
        Assert.Throws<ArgumentException>(() => HeaderField.Format(name, "x"));

    // reliability E-T8: what we write, MimeKit and our own reader read back.
    [Fact]
    public void Random_text_comes_back_and_no_line_is_too_long()
    {
        var random = new Random(2);
        string[] pieces =
            ["word ", "日本語", "é", "😀", " ", "=?utf-8?B?", "?=", "long-word-without-blanks-", "\t", "\"", "<", ","];
        for (var i = 0; i < 5_000; i++)
        {
            var text = string.Concat(RandomText.Of(random, pieces).EnumerateRunes()
                .Where(rune => rune.Value == '\t' || !SafeText.IsUnsafe(rune)));
            var field = HeaderField.Format("Subject", text);
            var lines = field.Split("\r\n")[..^1];

            Assert.All(lines, line => Assert.InRange(line.Length, 1, 78 + "long-word-without-blanks-".Length * 40));
            Assert.All(lines, line => Assert.False(string.IsNullOrWhiteSpace(line)));
            var block = HeaderBlock.Read(Encoding.UTF8.GetBytes(field + "\r\n"));
            Assert.True(block.TryFind("subject"u8, out var read));
            Assert.Equal(text, EncodedWords.Decode(read.Unfold()));
            var unfolded = field["Subject: ".Length..].Replace("\r\n", "", StringComparison.Ordinal);
            Assert.Equal(text, Rfc2047.DecodeText(Encoding.ASCII.GetBytes(unfolded)));
        }
    }

    [Theory]
    [InlineData(null, "From: a@b.test\r\n")]
    [InlineData("Taro Yamada", "From: Taro Yamada <a@b.test>\r\n")]
    [InlineData("Yamada, \"T\"", "From: \"Yamada, \\\"T\\\"\" <a@b.test>\r\n")]
    [InlineData("山田", "From: =?utf-8?B?5bGx55Sw?= <a@b.test>\r\n")]
    public void An_address_field_has_a_name_that_cannot_be_mistaken(string? name, string field)
    {
        var written = HeaderField.FormatAddress("From", name, Read("a@b.test"));

        Assert.Equal(field, written);
        var value = Encoding.UTF8.GetBytes(written["From:".Length..^2]);
        var read = Assert.IsType<HeaderAddresses.Valid>(HeaderAddressParser.Parse(value));
        Assert.Equal(new HeaderAddress(name ?? "", Read("a@b.test")), Assert.Single(read.Addresses));
    }

    [Fact]
    public void A_carrier_address_is_quoted_in_a_field() =>
        Assert.Equal("To: \"a..b\"@docomo.ne.jp\r\n", HeaderField.FormatAddress("To", null, Read("a..b@docomo.ne.jp")));

    [Fact]
    public void A_date_has_its_offset_and_can_be_read()
    {
        Assert.Equal("Wed, 4 Nov 2026 12:05:09 +0900", MailDate.Format(Noon));
        Assert.Equal("Wed, 4 Nov 2026 03:05:09 +0000", MailDate.Format(Noon.ToUniversalTime()));
        Assert.Equal("Tue, 3 Nov 2026 22:35:09 -0430", MailDate.Format(Noon.ToOffset(new TimeSpan(-4, -30, 0))));
        Assert.True(DateUtils.TryParse(MailDate.Format(Noon), out var read));
        Assert.Equal(Noon, read);
    }

    [Fact]
    public void A_trace_field_says_from_whom_by_whom_and_how() => Assert.Equal(
        "Received: from client.example ([192.0.2.7])\r\n"
        + " by relay.example (Ekiden 7f3k)\r\n"
        + " with ESMTPSA (TLSv1.3 TLS_AES_256_GCM_SHA384)\r\n"
        + " id msg_00000000000000000000000001\r\n"
        + " for <u@example.jp>;\r\n"
        + " Wed, 4 Nov 2026 12:05:09 +0900\r\n",
        new ReceivedField
        {
            By = "relay.example",
            Id = new MessageId(1),
            At = Noon,
            With = ReceivedField.Protocol(isExtended: true, isTls: true, isSignedIn: true, isUtf8: false),
            HelloName = "client.example",
            ClientAddress = IPAddress.Parse("::ffff:192.0.2.7"),
            TlsProtocol = "TLSv1.3",
            TlsCipher = "TLS_AES_256_GCM_SHA384",
            For = Read("u@example.jp"),
            Installation = "7f3k",
        }.Format());

    [Theory]
    [InlineData("evil\r\nBcc: x", "2001:db8::1", "from unknown ([IPv6:2001:db8::1])")]
    [InlineData("", "192.0.2.1", "from unknown ([192.0.2.1])")]
    [InlineData("[10.0.0.1]", "192.0.2.1", "from [10.0.0.1] ([192.0.2.1])")]
    [InlineData("under_score", "192.0.2.1", "from unknown ([192.0.2.1])")]
    public void A_trace_field_shows_a_client_name_only_when_it_is_one(string hello, string address, string clause) =>
        Assert.StartsWith($"Received: {clause}\r\n by relay.example\r\n", new ReceivedField
        {
            By = "relay.example",
            Id = new MessageId(1),
            At = Noon,
            With = "ESMTP",
            HelloName = hello,
            ClientAddress = IPAddress.Parse(address),
        }.Format(), StringComparison.Ordinal);

    [Fact]
    public void A_trace_field_can_hide_the_client() =>
        Assert.StartsWith("Received: by relay.example\r\n with ESMTPA\r\n", new ReceivedField
        {
            By = "relay.example",
            Id = new MessageId(1),
            At = Noon,
            With = "ESMTPA",
            HelloName = "pc.intern.example",
        }.Format(), StringComparison.Ordinal);

    // RFC 3848; RFC 6531 §4.3
    [Theory]
    [InlineData(false, true, true, true, "SMTP")]
    [InlineData(true, false, false, false, "ESMTP")]
    [InlineData(true, false, true, false, "ESMTPA")]
    [InlineData(true, true, false, false, "ESMTPS")]
    [InlineData(true, true, true, false, "ESMTPSA")]
    [InlineData(true, false, false, true, "UTF8SMTP")]
    [InlineData(true, true, true, true, "UTF8SMTPSA")]
    public void A_protocol_has_one_word(bool extended, bool tls, bool signedIn, bool utf8, string word) =>
        Assert.Equal(word, ReceivedField.Protocol(extended, tls, signedIn, utf8));

    private static Mailbox Read(string text) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);
}
