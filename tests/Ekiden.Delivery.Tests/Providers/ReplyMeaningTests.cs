using CsCheck;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Tests.Providers;

public sealed class ReplyMeaningTests
{
    private static readonly string[] Lines = File.ReadAllLines("cases/replies/classes.tsv");

    /// <summary>Recorded replies with what each is about.</summary>
    public static TheoryData<int> Recorded => [.. Enumerable.Range(0, Lines.Length)];

    [Theory]
    [MemberData(nameof(Recorded))]
    public void A_recorded_reply_is_understood(int line)
    {
        if (Lines[line].Split('\t') is not [var domain, var phase, var code, var text, var expected])
            throw new InvalidDataException(Lines[line]);

        var meaning = Of(domain, phase, $"{code} {text}");

        Assert.Equal(expected, meaning.Class.Word());
    }

    // japan.md J5: the same words, two meanings.
    [Theory]
    [InlineData("rcpt", ReplyClass.UserUnknown, true)]
    [InlineData("eom", ReplyClass.Filtered, false)]
    public void At_docomo_an_unknown_user_is_one_only_at_rcpt(string phase, ReplyClass expected, bool maySuppress)
    {
        var meaning = Of("docomo.ne.jp", phase, "550 Unknown user taro@docomo.ne.jp");

        Assert.Equal((expected, maySuppress, true), (meaning.Class, meaning.MaySuppress, meaning.IsPermanent));
    }

    // japan.md J7: with the address an unknown user, without it the user's filter.
    [Theory]
    [InlineData("550 <taro@ezweb.ne.jp>: User unknown", ReplyClass.UserUnknown)]
    [InlineData("550 : User unknown", ReplyClass.Filtered)]
    public void At_au_the_address_in_the_reply_makes_the_difference(string reply, ReplyClass expected) =>
        Assert.Equal(expected, Of("ezweb.ne.jp", "eom", reply).Class);

    // japan.md B11.
    [Fact]
    public void Gmail_asks_for_ten_minutes_and_one_connection_and_an_unnamed_cause_is_all_three()
    {
        var meaning = Of("gmail.com", "eom", "421 4.7.28 Gmail has detected an unusual rate of unsolicited mail.");

        Assert.Equal(new RetryAdvice.Pause(TimeSpan.FromMinutes(10), 1, null), meaning.Retry);
        Assert.Equal([LimitScope.Source, LimitScope.DkimDomain, LimitScope.ReturnPathDomain], meaning.Scopes);
    }

    [Fact]
    public void Gmail_s_limit_of_a_domain_concerns_that_domain_only() => Assert.Equal(
        [LimitScope.DkimDomain, LimitScope.ReturnPathDomain],
        Of("gmail.com", "eom", "421 4.7.28 An unusual rate of mail originating from your DKIM domain [a.example 35].")
            .Scopes);

    // delivery.md B3, R4: neither authentication nor reputation says anything about the recipient.
    [Theory]
    [InlineData("gmail.com", "eom", "550 5.7.26 Unauthenticated email is not accepted", ReplyClass.AuthFailure, true)]
    [InlineData("outlook.com", "eom", "550 5.7.515 Access denied", ReplyClass.AuthFailure, true)]
    [InlineData("outlook.com", "mail", "550 5.7.1 our block list (S3140)", ReplyClass.Blocked, false)]
    [InlineData("example.org", "rcpt", "554 5.7.1 Client host blocked using zen.example", ReplyClass.Blocked, false)]
    [InlineData("example.org", "rcpt", "550 5.7.25 No reverse DNS", ReplyClass.RequirePtr, false)]
    [InlineData("example.org", "eom", "550 5.7.1 very low reputation", ReplyClass.BadReputation, false)]
    [InlineData("example.org", "rcpt", "550 Too many messages from your address", ReplyClass.Speeding, false)]
    public void A_refusal_that_is_about_us_never_suppresses(
        string domain, string phase, string reply, ReplyClass expected, bool isPermanent)
    {
        var meaning = Of(domain, phase, reply);

        Assert.Equal((expected, isPermanent, false), (meaning.Class, meaning.IsPermanent, meaning.MaySuppress));
    }

    [Theory]
    [InlineData("550 5.1.1 No such user", true)]
    [InlineData("450 4.1.1 No such user", false)]
    [InlineData("552 5.2.2 Mailbox full", false)]
    [InlineData("550 5.7.1 Message looks like spam", false)]
    [InlineData("550 5.2.0 Message filtered", false)]
    public void Only_a_final_reply_about_the_address_may_suppress(string reply, bool maySuppress) =>
        Assert.Equal(maySuppress, Of("example.org", "rcpt", reply).MaySuppress);

    [Fact]
    public void The_wait_that_the_peer_asks_for_is_part_of_the_meaning() => Assert.Equal(
        TimeSpan.FromSeconds(300), Of("example.org", "rcpt", "450 4.7.1 Try again in 300 seconds").Wait);

    [Fact]
    public void A_5xx_in_place_of_a_greeting_is_about_our_address() =>
        Assert.Equal((ReplyClass.Blocked, "other_source"),
            (Of("example.org", "connect", "554 No").Class, Of("example.org", "connect", "554 No").Retry.Word));

    [Fact]
    public void Lines_of_a_reply_are_read_as_one() => Assert.Equal(
        ReplyClass.BadReputation, Of("example.org", "eom", "550-5.7.1 the very low\\n550 5.7.1 reputation").Class);

    [Fact]
    public void Any_text_is_understood_without_an_exception() =>
        Gen.Select(Gen.Int[200, 599], Gen.String, Gen.Enum<SmtpPhase>()).Sample((code, text, phase) =>
        {
            foreach (var provider in ProviderPacks.BuiltIn.All)
                Assert.NotEmpty(provider.MeaningOf(phase, ReplyText.Read(code, text)).Scopes);
        }, iter: 200);

    [Fact]
    public void A_flood_of_lines_costs_no_more_than_its_beginning()
    {
        var flood = new SmtpReply(450, null, string.Concat(Enumerable.Repeat("no such limit in 5 x\n", 50_000)));

        Assert.Equal(
            ProviderPacks.BuiltIn.Default.MeaningOf(SmtpPhase.Rcpt, flood with { Text = flood.Text[..2048] }),
            ProviderPacks.BuiltIn.Default.MeaningOf(SmtpPhase.Rcpt, flood));
    }

    private static ReplyMeaning Of(string domain, string phase, string reply)
    {
        var code = int.Parse(reply[..3], System.Globalization.CultureInfo.InvariantCulture);
        return ProviderPacks.BuiltIn.Find(domain, []).MeaningOf(
            Enum.Parse<SmtpPhase>(phase, ignoreCase: true),
            ReplyText.Read(code, reply.Replace("\\n", "\n", StringComparison.Ordinal)));
    }
}
