using System.Text;

namespace Ekiden.Mail.Tests;

public sealed class SmtpPathTests
{
    [Theory]
    [InlineData("<u@example.jp>", "u@example.jp")]
    [InlineData("<@a.test,@b.test:u@example.jp>", "u@example.jp")]
    [InlineData("<@in.test,@x.test:u@out.test>", "u@out.test")]
    [InlineData("<\"a>b\"@example.jp>", "\"a>b\"@example.jp")]
    [InlineData("<\"a\\\">\"@example.jp>", "\"a\\\">\"@example.jp")]
    [InlineData("<postmaster@example.jp>", "postmaster@example.jp")]
    public void A_path_leads_to_its_last_address(string text, string address)
    {
        var path = SmtpPath.Parse(Encoding.UTF8.GetBytes(text + " SIZE=1>"), MailboxRules.Ascii, out var length);

        Assert.Equal(address, Assert.IsType<SmtpPath.To>(path).Mailbox.ToString());
        Assert.Equal(text.Length, length);
    }

    [Theory]
    [InlineData("")]
    [InlineData("u@example.jp")]
    [InlineData("<u@example.jp")]
    [InlineData("<\"u@example.jp>")]
    [InlineData("<u@example.jp,out.test>")]
    [InlineData("<u>")]
    [InlineData("< >")]
    [InlineData("<a@ >")]
    [InlineData("<@a>")]
    [InlineData("<@:u@example.jp>")]
    [InlineData("<@a.test u@example.jp>")]
    [InlineData("<@a.test,b.test:u@example.jp>")]
    [InlineData("<@a.test,:u@example.jp>")]
    [InlineData("<@a.test:>")]
    [InlineData("<<u@example.jp>>")]
    [InlineData("<\"wietse venema\" <wietse@example.org>")]
    public void What_is_no_path_is_refused(string text) =>
        Assert.IsType<SmtpPath.Invalid>(SmtpPath.Parse(Encoding.UTF8.GetBytes(text), MailboxRules.Ascii, out _));

    [Fact]
    public void The_null_path_and_postmaster_are_told_apart()
    {
        Assert.IsType<SmtpPath.Null>(SmtpPath.Parse("<>"u8, MailboxRules.Ascii, out var length));
        Assert.Equal(2, length);
        Assert.IsType<SmtpPath.Postmaster>(SmtpPath.Parse("<PostMaster>"u8, MailboxRules.Ascii, out length));
        Assert.Equal(12, length);
    }

    // What stands behind the first > belongs to the caller: "<u@in.test>@out.test" is refused there.
    [Fact]
    public void A_path_ends_at_its_bracket()
    {
        SmtpPath.Parse("<u@in.test>@out.test"u8, MailboxRules.Ascii, out var length);

        Assert.Equal(11, length);
    }
}
