using System.Buffers;
using System.Text;
using CsCheck;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;

namespace Ekiden.MailAuth.Tests;

public sealed class AuthenticationResultsTests
{
    [Fact]
    public void Everything_that_was_found_is_written()
    {
        var findings = new AuthenticationFindings
        {
            Arc = new ArcVerdict(ArcResult.Pass, null, 1) { Sealer = "list.test" },
            Spf = new SpfVerdict(SpfResult.SoftFail, "d.test", "", null),
            Dkim =
            [
                new DkimVerdict(DkimResult.Pass, null)
                {
                    Domain = "d.test", Selector = "s", Algorithm = "rsa-sha256", SignatureStart = "AbC+/123",
                },
                new DkimVerdict(DkimResult.PermError, "there is no key") { Domain = "x.test", IsTesting = true },
            ],
            Dmarc = new DmarcVerdict(DmarcResult.Pass, DmarcPolicy.None, "")
            {
                AuthorDomain = "mail.d.test",
                PolicyDomain = "d.test",
                Published = DmarcPolicy.Reject,
            },
        };
        Assert.Equal(
            "Authentication-Results: mx.test;\r\n"
            + "\tarc=pass;\r\n"
            + "\tspf=softfail smtp.mailfrom=d.test;\r\n"
            + "\tdkim=pass header.d=d.test header.s=s header.a=rsa-sha256 header.b=\"AbC+/123\";\r\n"
            + "\tdkim=permerror (test mode) reason=\"there is no key\" header.d=x.test;\r\n"
            + "\tdmarc=pass header.from=mail.d.test polrec.p=reject polrec.domain=d.test\r\n",
            AuthenticationResults.Format("mx.test", findings));
    }

    [Fact]
    public void Nothing_found_says_none() => Assert.Equal(
        "Authentication-Results: mx.test; none\r\n",
        AuthenticationResults.Format("mx.test", new AuthenticationFindings()));

    [Theory]
    [InlineData("a b.test", " smtp.helo=\"a b.test\"")]
    [InlineData("a\"b\\.test", " smtp.helo=\"a\\\"b\\\\.test\"")]
    [InlineData("a\r\nX: y", "")]
    [InlineData("日本", "")]
    [InlineData("", "")]
    public void What_a_client_said_cannot_end_the_field(string helo, string property)
    {
        var spf = new SpfVerdict(SpfResult.None, helo, "", null) { IsHelo = true };
        Assert.Equal(
            $"Authentication-Results: mx.test;\r\n\tspf=none{property}\r\n",
            AuthenticationResults.Format("mx.test", new AuthenticationFindings { Spf = spf }));
    }

    // RFC 8601 §5; RFC 5322 §3.2.2: comments and folds may stand anywhere.
    [Theory]
    [InlineData("Authentication-Results: mx.test; spf=pass", true)]
    [InlineData("authentication-results : MX.TEST 1; none", true)]
    [InlineData("Authentication-Results:\r\n (a (nested) \\) comment) mx.test(more); none", true)]
    [InlineData("Authentication-Results: \"mx.test\"; none", true)]
    [InlineData("Authentication-Results: \"m\\x.test\"; none", true)]
    [InlineData("Authentication-Results: mx.test/1; none", true)]
    [InlineData("Authentication-Results: mx.test", true)]
    [InlineData("Authentication-Results:", true)]
    [InlineData("Authentication-Results: (unclosed mx.other", true)]
    [InlineData("Authentication-Results: mx.other; spf=pass (mx.test)", false)]
    [InlineData("Authentication-Results: amx.test; none", false)]
    [InlineData("X-Authentication-Results: mx.test; none", false)]
    public void A_field_that_claims_to_be_ours_goes(string field, bool goes)
    {
        var message = Encoding.UTF8.GetBytes($"Received: x\r\n{field}\r\nFrom: a@d.test\r\n\r\n");
        var output = new ArrayBufferWriter<byte>();
        var removed = AuthenticationResults.WriteWithoutClaims(HeaderBlock.Read(message), "mx.test", output);
        Assert.Equal(goes ? 1 : 0, removed);
        var expected = goes ? "Received: x\r\nFrom: a@d.test\r\n" : $"Received: x\r\n{field}\r\nFrom: a@d.test\r\n";
        Assert.Equal(expected, Encoding.UTF8.GetString(output.WrittenSpan));
    }

    [Fact]
    public void What_we_write_is_recognised_as_ours() => Gen.String.Sample(text =>
    {
        var findings = new AuthenticationFindings { Spf = new SpfVerdict(SpfResult.Pass, text, "", null) };
        var field = AuthenticationResults.Format("mx.test", findings);
        var header = HeaderBlock.Read(Encoding.UTF8.GetBytes(field + "\r\n"));
        Assert.Equal(1, header.Count("Authentication-Results"u8));
        Assert.Equal(HeaderProblem.None, header.Problem);
        foreach (var one in header) Assert.True(AuthenticationResults.IsForeignClaim(one, "mx.test"));
    });
}
