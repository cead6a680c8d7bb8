using System.Text;
using Ekiden.Delivery.Bounces.Reading;

namespace Ekiden.Delivery.Tests.Bounces;

/// <summary>The forms of notices that programs write, beside those of the collection.</summary>
public sealed class NoticeFormsTests
{
    public static TheoryData<string> Forms =>
        [.. System.IO.Directory.EnumerateFiles(Folder, "*.txt").Select(file => Path.GetFileName(file)).Order()];

    private static string Folder => Path.Combine(AppContext.BaseDirectory, "cases", "notices");

    [Theory]
    [MemberData(nameof(Forms))]
    public void A_notice_in_words_tells_whom_and_why(string name)
    {
        var lines = File.ReadAllText(Path.Combine(Folder, name)).Split('\n', 2);

        var report = BounceReader.Read(Encoding.UTF8.GetBytes(lines[1]));

        var result = Assert.Single(report.Results);
        Assert.Equal(BounceKind.Text, report.Kind);
        Assert.Equal(lines[0], $"{result.Recipient} {result.Reason.Word} {result.Status} {result.ReplyCode}".Trim());
        Assert.True(report.IsBounce);
    }

    [Theory]
    [InlineData("Re: failure notice", "Hi,\n\nI got a failure notice from taro@example.jp yesterday.\n")]
    [InlineData("Delivery of your order 550", "Your parcel will be delivered to you today. Questions: help@example.com\n")]
    [InlineData("Warning: your mailbox", "Hello hanako@example.jp,\n\nplease read what taro@example.jp sent.\n")]
    [InlineData("Unsubscribe numbers of April", "Mail to jiro@example.com was returned less often.\n")]
    [InlineData("Your invoice", "Please pay 550 yen.\n\n> 550 5.1.1 is a status, said taro@example.jp\n")]
    public void A_person_who_writes_of_bounces_sends_none(string subject, string body)
    {
        var mail = $"""
            Return-Path: <hanako@example.com>
            From: Hanako <hanako@example.com>
            To: sender@example.com
            Subject: {subject}

            {body}
            """;

        var report = BounceReader.Read(Encoding.UTF8.GetBytes(mail));

        Assert.Equal(BounceKind.Mail, report.Kind);
    }

    [Fact]
    public void A_challenge_is_told_from_a_bounce()
    {
        var report = BounceReader.Read("""
            Return-Path: <>
            From: Taro <taro@example.jp>
            To: sender@example.com
            Subject: Your email requires verification verify#abc123
            Auto-Submitted: auto-replied

            Please click the link to verify that you are a person.
            """u8);

        Assert.Equal(BounceKind.Challenge, report.Kind);
        Assert.Equal("taro@example.jp", Assert.Single(report.Results).Recipient);
        Assert.False(report.IsBounce);
    }
}
