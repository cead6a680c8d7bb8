using System.Text;
using Ekiden.Delivery.Bounces.Reading;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>Mail that is made to hurt, or broken by accident.</summary>
public sealed class HostileBounceTests
{
    private const string Report = """
        Content-Type: multipart/report; report-type=delivery-status; boundary="b"
        From: MAILER-DAEMON@mx.example.jp
        To: sender@example.com
        Subject: Undelivered Mail Returned to Sender

        --b
        Content-Type: text/plain; charset=CHARSET

        <taro@example.jp>: host mx.example.jp said: 550 5.1.1 WORDS

        --b
        Content-Type: message/delivery-status

        Reporting-MTA: dns; mx.example.jp

        Final-Recipient: rfc822; taro@example.jp
        Action: failed
        Status: 5.1.1
        Diagnostic-Code: smtp; 550 5.1.1 User unknown

        --b
        Content-Type: message/rfc822

        Message-ID: <one@example.com>
        Subject: hello

        """;

    [Fact]
    public void Fifty_megabytes_of_returned_mail_change_nothing()
    {
        var head = Encoding.ASCII.GetBytes(Mail("us-ascii", "unknown"));
        var mail = new byte[50 * 1024 * 1024];
        mail.AsSpan().Fill((byte)'x');
        head.CopyTo(mail, 0);

        var report = BounceReader.Read(mail);

        var result = Assert.Single(report.Results);
        Assert.Equal("taro@example.jp", result.Recipient);
        Assert.Equal("userunknown", result.Reason.Word);
        Assert.Equal("mx.example.jp", report.ReportingMta);
        Assert.Equal("one@example.com", report.OriginalMessageId);
    }

    [Theory]
    [InlineData("iso-2022-jp")]
    [InlineData("shift_jis")]
    [InlineData("utf-8")]
    [InlineData("klingon-8")]
    [InlineData("")]
    public void A_label_that_lies_about_characters_does_no_harm(string charset)
    {
        var words = Encoding.GetEncoding("utf-16").GetBytes("宛先が見つかりません");
        var mail = Encoding.Latin1.GetBytes(Mail(charset, Encoding.Latin1.GetString(words)));

        Assert.Equal("5.1.1", Assert.Single(BounceReader.Read(mail).Results).Status.ToString());
    }

    [Fact]
    public void A_hundred_levels_of_parts_are_not_followed()
    {
        var mail = new StringBuilder("From: MAILER-DAEMON@mx.example.jp\nSubject: failure notice\n");
        for (var i = 0; i < 100; i++)
            mail.Append(null, $"Content-Type: multipart/mixed; boundary=\"b{i}\"\n\n--b{i}\n");
        mail.Append("Content-Type: text/plain\n\n<taro@example.jp>:\n550 5.1.1 User unknown\n");

        var report = BounceReader.Read(Encoding.ASCII.GetBytes(mail.ToString()));

        Assert.InRange(report.Results.Length, 0, 1);
    }

    // A bounce about a bounce: the outer one counts.
    [Fact]
    public void A_report_within_the_returned_mail_is_not_ours()
    {
        var inner = Mail("us-ascii", "unknown").Replace("taro@", "jiro@", StringComparison.Ordinal);
        var outer = Mail("us-ascii", "unknown").Replace("\"b\"", "\"c\"", StringComparison.Ordinal)
            .Replace("--b", "--c", StringComparison.Ordinal) + inner;

        var report = BounceReader.Read(Encoding.ASCII.GetBytes(outer));
        Assert.Equal("taro@example.jp", Assert.Single(report.Results).Recipient);
    }

    [Fact]
    public void A_thousand_recipients_are_the_most()
    {
        var mail = new StringBuilder(Mail("us-ascii", "unknown"));
        var recipients = new StringBuilder("Final-Recipient: rfc822; taro@example.jp");
        for (var i = 0; i < 5000; i++)
            recipients.Append(null, $"\nAction: failed\nStatus: 5.1.1\n\nFinal-Recipient: rfc822; a{i}@example.jp");
        mail.Replace("Final-Recipient: rfc822; taro@example.jp", recipients.ToString());

        Assert.Equal(1000, BounceReader.Read(Encoding.ASCII.GetBytes(mail.ToString())).Results.Length);
    }

    // Any octets at all, and every beginning of real mails.
    [Fact]
    public void Nothing_throws()
    {
        var random = new Random(1);
        foreach (var one in BounceSuite.All)
        {
            BounceReader.Read(one.Mail.AsSpan(0, random.Next(one.Mail.Length)));
            var broken = one.Mail.ToArray();
            for (var i = 0; i < 20; i++) broken[random.Next(broken.Length)] = (byte)random.Next(256);
            BounceReader.Read(broken);
        }
        BounceReader.Read([]);
        BounceReader.Read("\r"u8);
        BounceReader.Read("From "u8);
    }

    private static string Mail(string charset, string words) => Report
        .Replace("CHARSET", charset, StringComparison.Ordinal).Replace("WORDS", words, StringComparison.Ordinal);
}
