using Ekiden.Cli.Sendmail;

namespace Ekiden.Cli.Tests;

public sealed class SendmailArgumentTests
{
    public static TheoryData<string, object> Lines => new()
    {
        { "a@b.example", new SendmailArguments { Recipients = ["a@b.example"] } },
        { "-t", new SendmailArguments { ReadsRecipients = true } },
        { "-i a b", new SendmailArguments { IgnoresDots = true, Recipients = ["a", "b"] } },
        { "-oi -t", new SendmailArguments { IgnoresDots = true, ReadsRecipients = true } },
        { "-ti", new SendmailArguments { IgnoresDots = true, ReadsRecipients = true } },
        { "-it", new SendmailArguments { IgnoresDots = true, ReadsRecipients = true } },
        { "-f s@b.example a", new SendmailArguments { Sender = "s@b.example", Recipients = ["a"] } },
        { "-fs@b.example a", new SendmailArguments { Sender = "s@b.example", Recipients = ["a"] } },
        { "-r s@b.example a", new SendmailArguments { Sender = "s@b.example", Recipients = ["a"] } },
        { "-f <> a", new SendmailArguments { Sender = "", Recipients = ["a"] } },
        { "-f <s@b.example> a", new SendmailArguments { Sender = "s@b.example", Recipients = ["a"] } },
        { "-F Taro a", new SendmailArguments { FullName = "Taro", Recipients = ["a"] } },
        { "-B 8BITMIME a", new SendmailArguments { IsEightBit = true, Recipients = ["a"] } },
        { "-B7bit a", new SendmailArguments { Recipients = ["a"] } },
        { "-N success,delay a", new SendmailArguments { Notify = "SUCCESS,DELAY", Recipients = ["a"] } },
        { "-N never a", new SendmailArguments { Notify = "NEVER", Recipients = ["a"] } },
        { "-R hdrs -V id-1 a", new SendmailArguments { Return = "HDRS", EnvelopeId = "id-1", Recipients = ["a"] } },
        { "-bm a", new SendmailArguments { Recipients = ["a"] } },
        { "-bs", new SendmailArguments { Mode = SendmailMode.Smtp } },
        { "-bp", new SendmailArguments { Mode = SendmailMode.ShowQueue } },
        { "-bi", new SendmailArguments { Mode = SendmailMode.Nothing } },
        { "-q", new SendmailArguments { Mode = SendmailMode.Nothing } },
        { "-q30m", new SendmailArguments { Mode = SendmailMode.Nothing } },
        { "-G -v -n -U -oem -odb -oQ/tmp -om a", new SendmailArguments { Recipients = ["a"] } },
        { "-o DeliveryMode=b -O Timeout=1 -L tag -X log -h 5 -C cf -d0 -p SMTP a",
            new SendmailArguments { Recipients = ["a"] } },
        { "-i -- -t", new SendmailArguments { IgnoresDots = true, Recipients = ["-t"] } },
        { "--config x.toml a", new SendmailArguments { Config = "x.toml", Recipients = ["a"] } },
    };

    [Theory]
    [MemberData(nameof(Lines))]
    public void Arguments_mean_what_they_mean_to_sendmail(string line, object expected) =>
        Assert.Equivalent(expected, SendmailArgumentParser.Parse("sendmail", line.Split(' ')), strict: true);

    [Theory]
    [InlineData("-f")]
    [InlineData("-N sometimes a")]
    [InlineData("-N never,success a")]
    [InlineData("-R some a")]
    [InlineData("-B 9BIT a")]
    [InlineData("-bd")]
    [InlineData("-bz")]
    [InlineData("-Z")]
    public void What_cannot_be_meant_is_said(string line) =>
        Assert.NotNull(SendmailArgumentParser.Parse("sendmail", line.Split(' ')).Mistake);

    [Theory]
    [InlineData("mailq", "ShowQueue")]
    [InlineData("newaliases", "Nothing")]
    public void A_name_can_say_what_to_do(string name, string mode) =>
        Assert.Equal(mode, SendmailArgumentParser.Parse(name, []).Mode.ToString());

    [Theory]
    [InlineData("a@b.example", "a@b.example")]
    [InlineData("a@b.example, c@d.example", "a@b.example|c@d.example")]
    [InlineData("Taro Yamada <a@b.example>", "a@b.example")]
    [InlineData("\"Yamada, Taro\" <a@b.example>, c", "a@b.example|c")]
    [InlineData("\"a, b\" <\"q, r\"@b.example>", "\"q, r\"@b.example")]
    [InlineData("\"q \\\" <\"@b.example", "\"q \\\" <\"@b.example")]
    [InlineData("a@b.example (Taro, (nested) \\) x)", "a@b.example")]
    [InlineData("Friends: a@b.example, B <c@d.example>;, e@f.example", "a@b.example|c@d.example|e@f.example")]
    [InlineData("undisclosed-recipients:;", "")]
    [InlineData("a @ b.example", "a@b.example")]
    [InlineData("<@x.example,@y.example:a@b.example>", "a@b.example")]
    [InlineData("a@[IPv6:2001:db8::1], b@c.example", "a@[IPv6:2001:db8::1]|b@c.example")]
    [InlineData("<a@b.example> <c@d.example>", "a@b.example")]
    [InlineData(", ,", "")]
    [InlineData("<a@b.example", "")]
    [InlineData("=?UTF-8?B?5aSq6YOO?= <a@b.example>", "a@b.example")]
    public void Addresses_are_found_in_a_field(string field, string expected) =>
        Assert.Equal(expected, string.Join('|', AddressList.Read(field)));
}
