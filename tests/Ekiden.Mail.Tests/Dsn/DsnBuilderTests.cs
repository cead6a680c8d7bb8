using System.Collections.Immutable;
using System.Text;
using Ekiden.Mail.Dsn;
using MimeKit;

namespace Ekiden.Mail.Tests.Dsn;

/// <summary>Notices of RFC 3464, read back by MimeKit.</summary>
public sealed class DsnBuilderTests
{
    private const string Original =
        "Message-ID: <m1@a.test>\r\nFrom: s@a.test\r\nSubject: =?utf-8?B?5rOo5paH?=\r\n\r\nbody\r\n";

    private static readonly DateTimeOffset Noon = new(2026, 11, 4, 12, 5, 9, TimeSpan.FromHours(9));

    private static readonly DsnNotice Notice = new()
    {
        Id = new MessageId(2),
        About = new MessageId(1),
        To = Read("s@a.test"),
        HostName = "relay.example",
        ArrivedAt = Noon,
        At = Noon.AddHours(1),
        Recipients =
        [
            new DsnRecipient(Read("u@b.test"), DsnAction.Failed, new EnhancedStatus(5, 1, 1))
            {
                OriginalRecipient = "rfc822;U@b.test",
                RemoteMta = "mx.b.test",
                Reply = SmtpReply.Of(550, "5.1.1", "No such\nuser"),
                LastAttempt = Noon.AddMinutes(30),
            },
        ],
        Original = Encoding.UTF8.GetBytes(Original),
        IsOriginalComplete = true,
        EnvelopeId = "env 1",
    };

    [Fact]
    public void A_notice_has_three_parts_and_goes_to_the_sender()
    {
        var (message, report) = Parse(DsnBuilder.Build(Notice));

        Assert.Equal("MAILER-DAEMON@relay.example", Assert.Single(message.From.Mailboxes).Address);
        Assert.Equal("s@a.test", Assert.Single(message.To.Mailboxes).Address);
        Assert.Equal("Your mail could not be delivered / メールを配信できませんでした", message.Subject);
        Assert.Equal(Noon.AddHours(1), message.Date);
        Assert.Equal("00000000000000000000000002@relay.example", message.MessageId);
        Assert.Equal(["m1@a.test"], message.References);
        Assert.Equal("auto-replied", message.Headers["Auto-Submitted"]);
        Assert.Equal("delivery-status", report.ReportType);
        Assert.Equal(["text/plain", "message/delivery-status", "text/rfc822-headers"],
            report.Select(part => part.ContentType.MimeType));
    }

    [Fact]
    public void Programs_find_every_field()
    {
        var (_, report) = Parse(DsnBuilder.Build(Notice));
        var groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;

        Assert.Equal(2, groups.Count);
        Assert.Equal("env 1", groups[0]["Original-Envelope-Id"]);
        Assert.Equal("dns; relay.example", groups[0]["Reporting-MTA"]);
        Assert.Equal("Wed, 4 Nov 2026 12:05:09 +0900", groups[0]["Arrival-Date"]);
        Assert.Equal("rfc822;U@b.test", groups[1]["Original-Recipient"]);
        Assert.Equal("rfc822; u@b.test", groups[1]["Final-Recipient"]);
        Assert.Equal("failed", groups[1]["Action"]);
        Assert.Equal("5.1.1", groups[1]["Status"]);
        Assert.Equal("dns; mx.b.test", groups[1]["Remote-MTA"]);
        Assert.Equal("smtp; 550 5.1.1 No such user", groups[1]["Diagnostic-Code"]);
        Assert.Equal("Wed, 4 Nov 2026 12:35:09 +0900", groups[1]["Last-Attempt-Date"]);
        Assert.Null(groups[1]["Will-Retry-Until"]);
    }

    [Theory]
    [InlineData(DsnLanguage.Both, true, true)]
    [InlineData(DsnLanguage.English, true, false)]
    [InlineData(DsnLanguage.Japanese, false, true)]
    public void People_are_told_in_their_language(DsnLanguage language, bool english, bool japanese)
    {
        var (message, report) = Parse(DsnBuilder.Build(Notice with { Language = language }));
        var text = Assert.IsType<TextPart>(report[0]).Text;

        Assert.Equal(english, text.Contains("The address does not exist", StringComparison.Ordinal));
        Assert.Equal(japanese, text.Contains("宛先のメールアドレスが存在しません", StringComparison.Ordinal));
        Assert.Equal(english, message.Subject?.Contains("could not be delivered", StringComparison.Ordinal));
        Assert.Equal(japanese, message.Subject?.Contains("配信できませんでした", StringComparison.Ordinal));
        Assert.Contains("<u@b.test>", text, StringComparison.Ordinal);
        Assert.Contains("550 5.1.1 No such user", text, StringComparison.Ordinal);
        Assert.Contains("注文", text, StringComparison.Ordinal);
        Assert.Contains("msg_00000000000000000000000001", text, StringComparison.Ordinal);
    }

    [Fact]
    public void A_delay_says_until_when_it_is_tried()
    {
        var delayed = new DsnRecipient(Read("u@b.test"), DsnAction.Delayed, new EnhancedStatus(4, 4, 1))
        {
            Text = "no answer",
            WillRetryUntil = Noon.AddDays(5),
        };
        var (message, report) = Parse(DsnBuilder.Build(Notice with { Recipients = [delayed] }));
        var fields = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups[1];

        Assert.StartsWith("Your mail is delayed", message.Subject, StringComparison.Ordinal);
        Assert.Equal("delayed", fields["Action"]);
        Assert.Equal("x-ekiden; no answer", fields["Diagnostic-Code"]);
        Assert.Equal("Mon, 9 Nov 2026 12:05:09 +0900", fields["Will-Retry-Until"]);
    }

    [Theory]
    [InlineData(DsnReturn.Unspecified, true, "text/rfc822-headers")]
    [InlineData(DsnReturn.Headers, true, "text/rfc822-headers")]
    [InlineData(DsnReturn.Full, true, "message/rfc822")]
    [InlineData(DsnReturn.Full, false, "text/rfc822-headers")]
    public void What_is_returned_depends_on_RET(DsnReturn ret, bool isComplete, string type)
    {
        var (_, report) = Parse(DsnBuilder.Build(Notice with { Return = ret, IsOriginalComplete = isComplete }));

        Assert.Equal(type, report[2].ContentType.MimeType);
        var returned = Assert.IsAssignableFrom<MessagePart>(report[2]).Message;
        Assert.Equal("注文", returned?.Subject);
        Assert.Equal(type == "message/rfc822" ? "body" : "", returned?.TextBody?.TrimEnd() ?? "");
    }

    [Theory]
    [InlineData(0, "message/rfc822")]
    [InlineData(1, "text/rfc822-headers")]
    public void A_message_over_64_KiB_is_not_returned(int more, string type)
    {
        var line = new string('x', 98) + "\r\n";
        var text = Original + string.Concat(Enumerable.Repeat(line, 700));
        var bytes = Encoding.UTF8.GetBytes(text[..(DsnBuilder.MaxReturned + more - 2)] + "\r\n");
        var (_, report) = Parse(DsnBuilder.Build(Notice with { Return = DsnReturn.Full, Original = bytes }));

        Assert.Equal(type, report[2].ContentType.MimeType);
    }

    [Fact]
    public void Eight_bit_content_that_is_returned_is_said_and_eight_bit_headers_are_encoded()
    {
        var original = Encoding.UTF8.GetBytes("Subject: 注文\r\n\r\n本文\r\n");
        var full = DsnBuilder.Build(Notice with { Original = original, Return = DsnReturn.Full });
        var headers = DsnBuilder.Build(Notice with { Original = original });

        Assert.True(full.EightBit);
        Assert.False(headers.EightBit);
        Assert.True(Ascii.IsValid(headers.Content.Span));
        Assert.Equal("Subject: 注文", Assert.IsType<TextPart>(Parse(headers).Report[2]).Text.TrimEnd());
    }

    [Fact]
    public void A_sender_with_an_address_in_utf8_gets_a_report_in_utf8()
    {
        var recipient = Notice.Recipients[0] with { Address = Read("情報@b.test") };
        var utf8 = DsnBuilder.Build(Notice with { To = Read("差出人@a.test"), Recipients = [recipient] });
        var ascii = DsnBuilder.Build(Notice with { Recipients = [recipient] });

        Assert.True(utf8.SmtpUtf8);
        Assert.True(utf8.EightBit);
        var text = Encoding.UTF8.GetString(utf8.Content.Span);
        Assert.Contains("Content-Type: message/global-delivery-status\r\n", text, StringComparison.Ordinal);
        Assert.Contains("Content-Type: message/global-headers\r\n", text, StringComparison.Ordinal);
        Assert.Contains("\r\nFinal-Recipient: utf-8; 情報@b.test\r\n", text, StringComparison.Ordinal);
        Assert.False(ascii.SmtpUtf8);
        Assert.Contains("\r\nFinal-Recipient: utf-8; \\x{60C5}\\x{5831}@b.test\r\n",
            Encoding.ASCII.GetString(ascii.Content.Span), StringComparison.Ordinal);
    }

    // What the peer says is data (reliability E-R9): it adds no field, no line and no part.
    [Theory]
    [InlineData("x\r\nAction: delivered")]
    [InlineData("x\n\nFinal-Recipient: rfc822; v@c.test")]
    [InlineData("日本語 \u202E\u001b[31m")]
    [InlineData("--=_00000000000000000000000002--")]
    public void Words_of_a_peer_cannot_change_a_notice(string words)
    {
        var recipient = Notice.Recipients[0] with
        {
            Reply = new SmtpReply(550, null, words),
            RemoteMta = words,
            OriginalRecipient = words,
            Text = words,
        };
        var built = DsnBuilder.Build(Notice with { Recipients = [recipient], EnvelopeId = words });
        var (_, report) = Parse(built);
        var groups = Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups;

        Assert.Equal(3, report.Count);
        Assert.Equal(2, groups.Count);
        Assert.Equal("failed", groups[1]["Action"]);
        Assert.Equal(1, groups[1].Count(header => header.Field == "Final-Recipient"));
        Assert.True(Ascii.IsValid(built.Content.Span));
    }

    [Fact]
    public void No_line_is_over_998_bytes_whatever_comes_in()
    {
        var recipient = Notice.Recipients[0] with
        {
            Reply = new SmtpReply(550, null, new string('x', 100_000)),
            RemoteMta = new string('y', 3000),
        };
        foreach (var to in (Mailbox[])[Read("s@a.test"), Read("差出人@a.test")])
        {
            var built = DsnBuilder.Build(Notice with
            {
                To = to,
                Recipients = [recipient, recipient with { Reply = new SmtpReply(550, null, new string('語', 3000)) }],
                Original = Encoding.UTF8.GetBytes("Subject: " + new string('z', 5000) + "\r\n\r\n"),
                Return = DsnReturn.Full,
            });

            var lines = Encoding.UTF8.GetString(built.Content.Span).Split("\r\n");
            Assert.All(lines, line => Assert.InRange(Encoding.UTF8.GetByteCount(line), 0, 998));
            Assert.All(lines, line => Assert.DoesNotContain('\n', line));
        }
    }

    [Fact]
    public void Headers_over_64_KiB_are_cut_between_fields()
    {
        var field = "X-Field: " + new string('x', 900) + "\r\n";
        var original = Encoding.UTF8.GetBytes(string.Concat(Enumerable.Repeat(field, 200)) + "\r\n");
        var (_, report) = Parse(DsnBuilder.Build(Notice with { Original = original }));
        var returned = Assert.IsType<TextRfc822Headers>(report[2]).Message;

        Assert.Equal(DsnBuilder.MaxReturned / field.Length, returned?.Headers.Count);
        Assert.All(returned?.Headers ?? [], header => Assert.Equal(900, header.Value.Length));
    }

    [Fact]
    public void A_thousand_recipients_are_in_one_notice()
    {
        ImmutableArray<DsnRecipient> recipients =
            [.. Enumerable.Range(0, 1000).Select(i => Notice.Recipients[0] with { Address = Read($"u{i}@b.test") })];
        var (_, report) = Parse(DsnBuilder.Build(Notice with { Recipients = recipients }));

        Assert.Equal(1001, Assert.IsType<MessageDeliveryStatus>(report[1]).StatusGroups.Count);
    }

    private static (MimeMessage Message, MultipartReport Report) Parse(DsnMessage built)
    {
        using var stream = new MemoryStream(built.Content.ToArray());
        var message = MimeMessage.Load(stream, TestContext.Current.CancellationToken);
        return (message, Assert.IsType<MultipartReport>(message.Body));
    }

    private static Mailbox Read(string text) =>
        Mailbox.TryParse(text, out var mailbox) ? mailbox : throw new ArgumentException(text);
}
