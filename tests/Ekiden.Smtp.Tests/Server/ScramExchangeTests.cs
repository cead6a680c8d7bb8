using System.Security.Cryptography;
using System.Text;
using Ekiden.Smtp.Server;

namespace Ekiden.Smtp.Tests.Server;

public sealed class ScramExchangeTests
{
    private const string ClientNonce = "rOprNGfwEbeRWgbNEkqO";
    private const string ServerNonce = "%hvYDpWUa2RaTCAfuxFIlj)hNlF$k0";
    private static readonly byte[] Binding = [.. Enumerable.Range(0, 32).Select(value => (byte)value)];

    // RFC 7677 §3.
    [Fact]
    public void The_example_of_the_RFC_is_right_to_the_last_byte()
    {
        var scram = new ScramExchange(ServerNonce, false, false, default);
        Assert.Equal("user", scram.ReadClientFirst($"n,,n=user,r={ClientNonce}"));
        var challenge = scram.Challenge(Pencil(known: true));
        Assert.Equal($"r={ClientNonce}{ServerNonce},s=W22ZaJ0SNY7soEsUEjb6gQ==,i=4096", challenge);
        var final = $"c=biws,r={ClientNonce}{ServerNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        Assert.Equal("v=6rriTRBi23WpRR/wtup+mMhUZUn/dB5nLTJRsjl95G4=", scram.ReadClientFinal(final));
    }

    [Fact]
    public void A_right_proof_for_a_made_up_verifier_is_refused()
    {
        var scram = new ScramExchange(ServerNonce, false, false, default);
        scram.ReadClientFirst($"n,,n=user,r={ClientNonce}");
        scram.Challenge(Pencil(known: false));
        var final = $"c=biws,r={ClientNonce}{ServerNonce},p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=";
        Assert.Null(scram.ReadClientFinal(final));
    }

    [Theory]
    [InlineData("c=biws,r=%,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")] // another nonce
    [InlineData("c=eSws,r=#,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")] // another header
    [InlineData("c=biws,r=#,p=AAAAZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("c=biws,r=#,p=dHzb")]
    [InlineData("c=biws,r=#")]
    [InlineData("c=biws,p=dHzbZapWIk4jUhN+Ute9ytag9zjfMHgsqmmiz7AndVQ=")]
    [InlineData("")]
    public void A_wrong_final_message_is_refused(string final)
    {
        var scram = new ScramExchange(ServerNonce, false, false, default);
        scram.ReadClientFirst($"n,,n=user,r={ClientNonce}");
        scram.Challenge(Pencil(known: true));
        Assert.Null(scram.ReadClientFinal(final.Replace("#", ClientNonce + ServerNonce, StringComparison.Ordinal)));
    }

    [Theory]
    [InlineData("n,,n=user,r=abc", "user")]
    [InlineData("n,,n=a=2Cb=3Dc,r=abc", "a,b=c")]
    [InlineData("n,a=user,n=user,r=abc", "user")]
    [InlineData("n,a=other,n=user,r=abc", null)]
    [InlineData("y,,n=user,r=abc", "user")]
    [InlineData("p=tls-server-end-point,,n=user,r=abc", null)]
    [InlineData("n,,m=ext,n=user,r=abc", null)]
    [InlineData("n,,n=,r=abc", null)]
    [InlineData("n,,n=user", null)]
    [InlineData("n,,n=user,r=", null)]
    [InlineData("", null)]
    [InlineData(",", null)]
    public void The_first_message_names_the_user(string first, string? user) =>
        Assert.Equal(user, new ScramExchange(ServerNonce, false, false, default).ReadClientFirst(first));

    // RFC 5802 §6: who says "y" although we offered a binding was told otherwise by somebody in the middle.
    [Fact]
    public void A_client_that_saw_no_offer_of_binding_is_refused_where_one_was_made() =>
        Assert.Null(new ScramExchange(ServerNonce, false, true, Binding).ReadClientFirst("y,,n=user,r=abc"));

    [Theory]
    [InlineData("p=tls-server-end-point,,n=user,r=abc", "user")]
    [InlineData("p=tls-exporter,,n=user,r=abc", null)]
    [InlineData("n,,n=user,r=abc", null)]
    public void PLUS_needs_the_binding_that_was_offered(string first, string? user) =>
        Assert.Equal(user, new ScramExchange(ServerNonce, true, true, Binding).ReadClientFirst(first));

    private static ScramVerifier Pencil(bool known)
    {
        var salt = Convert.FromBase64String("W22ZaJ0SNY7soEsUEjb6gQ==");
        var salted = Rfc2898DeriveBytes.Pbkdf2("pencil"u8.ToArray(), salt, 4096, HashAlgorithmName.SHA256, 32);
        var stored = SHA256.HashData(HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Client Key")));
        var server = HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Server Key"));
        return new ScramVerifier(salt, 4096, stored, server, known ? new SignIn("a", "k", "user") : null);
    }
}
