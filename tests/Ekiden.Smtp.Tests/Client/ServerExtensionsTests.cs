using System.Text;
using Ekiden.Smtp.Client;

namespace Ekiden.Smtp.Tests.Client;

public class ServerExtensionsTests
{
    [Fact]
    public void Keywords_are_read_in_any_case()
    {
        var found = Parse("mx.example\npipelining\n8bitmime\nSmtpUtf8\nDSN\nSTARTTLS\nREQUIRETLS\nAUTH plain LOGIN");
        Assert.True(found is { Pipelining: true, EightBitMime: true, SmtpUtf8: true, Dsn: true });
        Assert.True(found is { StartTls: true, RequireTls: true, Size: false });
        Assert.Equal(["PLAIN", "LOGIN"], found.SignInMechanisms);
    }

    [Theory]
    [InlineData("SIZE 1000", 1000L)]
    [InlineData("SIZE", null)]
    [InlineData("SIZE 0", null)] // RFC 1870 §3: no fixed limit
    [InlineData("SIZE -1", null)]
    [InlineData("SIZE 99999999999999999999", null)]
    [InlineData("SIZE lots", null)]
    public void SIZE_may_name_a_limit(string line, long? expected)
    {
        Assert.True(Parse("mx\n" + line).Size);
        Assert.Equal(expected, Parse("mx\n" + line).SizeLimit);
    }

    [Fact]
    public void LIMITS_are_read_and_nonsense_among_them_is_not()
    {
        var found = Parse("mx\nLIMITS MAILMAX=20 RCPTMAX=0 rcptdomainmax=1 NEW=5 MAILMAX== RCPTMAX=x");
        Assert.Equal((20, null, 1), (found.MaxTransactions, found.MaxRecipients, found.MaxRecipientDomains));
    }

    [Theory]
    [InlineData("PIPELINING")] // the first line is a greeting, whatever it says
    [InlineData("mx\n\n  \nPIPELININGX\n=\nXPIPELINING")]
    public void What_is_not_announced_is_not_there(string text) => Assert.Equal(ServerExtensions.None, Parse(text));

    private static ServerExtensions Parse(string text) => ServerExtensions.Parse(Encoding.UTF8.GetBytes(text));
}
