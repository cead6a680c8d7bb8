using System.Text;
using CsCheck;
using Ekiden.Delivery.Security.MtaSts;

namespace Ekiden.Delivery.Tests.Security;

public sealed class StsRecordTests
{
    // RFC 8461 §3.1: records that are not ours are set aside; of ours there must be one.
    [Theory]
    [InlineData("a", "v=STSv1; id=a")]
    [InlineData("a", "other text", "v=STSv1; id=a;")]
    [InlineData("a", "v=STSv10; id=b", "v=STSv1; id=a;")]
    [InlineData(null, "v=STSv1; id=a", "v=STSv1; id=b")]
    [InlineData(null, "v=STSv1; id=a", "v=STSv1;")]
    [InlineData(null, "other text")]
    [InlineData(null)]
    public void One_record_among_the_texts_counts(string? id, params string[] texts) =>
        Assert.Equal(id, StsRecord.Find(texts)?.Id);

    [Fact]
    public void Of_an_id_that_stands_twice_the_first_counts() =>
        Assert.Equal("a", StsRecord.Find(["v=STSv1; id=a; id=b"])?.Id);

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void An_id_has_32_characters_at_most(int length, bool valid) =>
        Assert.Equal(valid, StsRecord.TryParse($"v=STSv1; id={new string('1', length)}", out _));

    [Theory]
    [InlineData(32, true)]
    [InlineData(33, false)]
    public void The_name_of_a_field_has_32_characters_at_most(int length, bool valid) =>
        Assert.Equal(valid, StsRecord.TryParse($"v=STSv1; id=1; {new string('n', length)}=1", out _));

    [Fact]
    public void No_text_throws() => Gen.String.Sample(text =>
    {
        _ = StsRecord.TryParse(text, out _);
        _ = StsRecord.TryParse("v=STSv1;" + text, out _);
        _ = StsPolicyParser.TryParse(Encoding.UTF8.GetBytes(text), out _, out _);
    });

    // RFC 8461 §4.1.
    [Theory]
    [InlineData("mx.example.org", "mx.example.org", true)]
    [InlineData("mx.example.org", "MX.Example.ORG", true)]
    [InlineData("mx.example.org", "mx2.example.org", false)]
    [InlineData("mx.example.org", "a.mx.example.org", false)]
    [InlineData("*.example.org", "mx.example.org", true)]
    [InlineData("*.example.org", "MX.Example.Org", true)]
    [InlineData("*.example.org", "example.org", false)]
    [InlineData("*.example.org", "a.mx.example.org", false)]
    [InlineData("*.example.org", ".example.org", false)]
    [InlineData("*.example.org", "mx.badexample.org", false)]
    public void A_policy_names_hosts_and_one_label_by_its_asterisk(string pattern, string host, bool named) =>
        Assert.Equal(named, new StsPolicy(StsMode.Enforce, [pattern], TimeSpan.FromDays(1)).Names(host));

    [Theory]
    [InlineData("31557600", 31_557_600)]
    [InlineData("31557601", 31_557_600)]
    [InlineData("9999999999", 31_557_600)]
    [InlineData("0", 0)]
    public void The_time_of_a_policy_is_at_most_a_year(string text, int seconds)
    {
        Assert.True(Parse($"version: STSv1\nmode: none\nmax_age: {text}", out var policy));
        Assert.Equal(TimeSpan.FromSeconds(seconds), policy!.MaxAge);
    }

    [Fact]
    public void Of_a_field_that_stands_twice_the_first_counts_and_every_host_does()
    {
        Assert.True(Parse(
            "version: STSv1\nmode: enforce\nmode: none\nmx: A.example\nmax_age: 5\nmx: *.b.example\nmax_age: x",
            out var policy));
        Assert.Equal(StsMode.Enforce, policy!.Mode);
        Assert.Equal(["a.example", "*.b.example"], policy.Hosts);
        Assert.Equal(TimeSpan.FromSeconds(5), policy.MaxAge);
    }

    [Theory]
    [InlineData("<!DOCTYPE html><html><body>Not found</body></html>")]
    [InlineData("version: STSv1\n\nmode: none\nmax_age: 5")]
    [InlineData("version: STSv1\rmode: none\rmax_age: 5")]
    [InlineData("Version: STSv1\nmode: none\nmax_age: 5")]
    [InlineData("version: STSv1\nmode: Enforce\nmx: a.example\nmax_age: 5")]
    [InlineData("version: STSv1\nmode: enforce\nmx: 192.0.2.1:25\nmax_age: 5")]
    [InlineData("version: STSv1\nmode: enforce\nmx: a..example\nmax_age: 5")]
    [InlineData("version: STSv1\nmode: enforce\nmx: *\nmax_age: 5")]
    [InlineData("version: STSv1\nmode: none\nmax_age: -5")]
    [InlineData("version: STSv1\nmode: none\nmax_age: 5 s")]
    [InlineData("version: STSv1\nmode: none\nmax_age: 5\nno field")]
    public void What_is_no_policy_is_refused(string body) => Assert.False(Parse(body, out _));

    [Fact]
    public void A_policy_that_is_not_UTF8_is_refused() => Assert.False(StsPolicyParser.TryParse(
        [.. "version: STSv1\nmode: none\nmax_age: 5\nnote: "u8, 0xFF], out _, out _));

    private static bool Parse(string body, out StsPolicy? policy) =>
        StsPolicyParser.TryParse(Encoding.UTF8.GetBytes(body), out policy, out _);
}
