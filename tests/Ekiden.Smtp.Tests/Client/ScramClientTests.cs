using System.Text;
using Ekiden.Smtp.Client;

namespace Ekiden.Smtp.Tests.Client;

public class ScramClientTests
{
    private const string ServerFirst =
        "r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096";

    // RFC 7677 §3.
    [Fact]
    public void The_exchange_of_the_standard_comes_out()
    {
        var scram = new ScramClient("user", "pencil", "rOprNGfwEbeRWgbNEkqO");
        Assert.Equal("n,,n=user,r=rOprNGfwEbeRWgbNEkqO", Encoding.UTF8.GetString(scram.First()));
        var final = scram.Final(Encoding.UTF8.GetBytes(ServerFirst));
        Assert.NotNull(final);
        Assert.Equal(
            "c=biws,r=rOprNGfwEbeRWgbNEkqO%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0,"
                + "p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=",
            Encoding.UTF8.GetString(final));
        Assert.True(scram.IsServerGenuine("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
        Assert.False(scram.IsServerGenuine("v=7rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4="u8));
        Assert.False(scram.IsServerGenuine("e=invalid-proof"u8));
    }

    [Theory]
    [InlineData("")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqO,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")] // the server added nothing
    [InlineData("r=other,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4095")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=1000001")] // would burn our processor
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=-1")]
    [InlineData("r=rOprNGfwEbeRWgbNEkqOx,s=*,i=4096")]
    [InlineData("m=ext,r=rOprNGfwEbeRWgbNEkqOx,s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096")]
    public void A_server_message_that_does_not_hold_is_not_answered(string serverFirst) =>
        Assert.Null(new ScramClient("user", "pencil", "rOprNGfwEbeRWgbNEkqO")
            .Final(Encoding.UTF8.GetBytes(serverFirst)));

    [Fact]
    public void A_name_with_separators_is_escaped() => Assert.Equal(
        "n,,n=a=2Cb=3Dc,r=n", Encoding.UTF8.GetString(new ScramClient("a,b=c", "x", "n").First()));
}
