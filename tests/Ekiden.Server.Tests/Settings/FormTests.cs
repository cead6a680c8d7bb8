using CsCheck;
using Ekiden.Server.Settings;

namespace Ekiden.Server.Tests.Settings;

public sealed class FormTests
{
    [Theory]
    [InlineData("10.0.0.5:25", "10.0.0.5:25")]
    [InlineData("10.0.0.5", "10.0.0.5:25")]
    [InlineData("[2001:DB8::5]", "[2001:db8::5]:25")]
    [InlineData("[::1]:2525", "[::1]:2525")]
    [InlineData("Mail.Example.ORG:587", "mail.example.org:587")]
    [InlineData("localhost:1", "localhost:1")]
    [InlineData("h.example:65535", "h.example:65535")]
    public void A_host_of_a_route_has_port_25_unless_it_says_another(string text, string expected)
    {
        Assert.True(HostAndPort.TryParse(text, out var host));
        Assert.Equal(expected, host.ToString());
    }

    [Theory]
    [InlineData("")]
    [InlineData(":25")]
    [InlineData("h.example:")]
    [InlineData("h.example:0")]
    [InlineData("h.example:65536")]
    [InlineData("h.example:smtp")]
    [InlineData("2001:db8::5")]
    [InlineData("[::1")]
    [InlineData("[h.example]:25")]
    [InlineData("10.1:25")]
    [InlineData("10.0.0.256")]
    [InlineData("h example")]
    public void Anything_else_is_no_host(string text) => Assert.False(HostAndPort.TryParse(text, out _));

    [Fact]
    public void No_text_makes_a_form_throw() => Gen.String.Sample(text =>
    {
        _ = HostAndPort.TryParse(text, out _);
        SettingsText.Parse(text);
    });

    [Fact]
    public void A_secret_in_a_file_loses_its_last_line_end_and_is_never_shown()
    {
        var path = Path.GetTempFileName();
        File.WriteAllText(path, "s3cret\n");
        Assert.True(SecretSource.TryParse("file:" + path, out var inFile));
        Assert.True(SecretSource.TryParse("s3cret", out var inText));

        Assert.Equal(("s3cret", "s3cret"), (inFile.Read(), inText.Read()));
        Assert.DoesNotContain("s3cret", inFile.ToString() + inText, StringComparison.Ordinal);
        File.Delete(path);
    }
}
