using CsCheck;
using Ekiden.Server.Settings;
using Ekiden.Server.Settings.Reading;

namespace Ekiden.Server.Tests.Settings;

public sealed class FormTests
{
    [Theory]
    [InlineData("100ms", 100)]
    [InlineData("1s", 1_000)]
    [InlineData("5m", 300_000)]
    [InlineData("24h", 86_400_000)]
    [InlineData("5d", 432_000_000)]
    [InlineData("0", 0)]
    [InlineData("0s", 0)]
    public void A_duration_is_a_number_and_a_unit(string text, long milliseconds)
    {
        Assert.True(DurationText.TryParse(text, out var duration));
        Assert.Equal(TimeSpan.FromMilliseconds(milliseconds), duration);
    }

    [Theory]
    [InlineData("")]
    [InlineData("5")]
    [InlineData("s")]
    [InlineData("-1s")]
    [InlineData("1.5h")]
    [InlineData("1h30m")]
    [InlineData("5 m")]
    [InlineData("5M")]
    [InlineData("3651d")]
    [InlineData("99999999999999999999s")]
    public void Anything_else_is_no_duration(string text) => Assert.False(DurationText.TryParse(text, out _));

    [Fact]
    public void The_longest_duration_is_ten_years() => Assert.True(DurationText.TryParse("3650d", out _));

    [Theory]
    [InlineData("1", 1)]
    [InlineData("500KB", 500_000)]
    [InlineData("25MiB", 26_214_400)]
    [InlineData("25 mib", 26_214_400)]
    [InlineData("2GiB", 2_147_483_648)]
    [InlineData("7B", 7)]
    public void A_size_is_a_number_and_perhaps_a_unit(string text, long bytes)
    {
        Assert.True(SizeText.TryParse(text, out var size));
        Assert.Equal(bytes, size);
    }

    [Theory]
    [InlineData("")]
    [InlineData("0")]
    [InlineData("MB")]
    [InlineData("-1MB")]
    [InlineData("1.5MB")]
    [InlineData("1TB")]
    [InlineData("9999999999GiB")]
    public void Anything_else_is_no_size(string text) => Assert.False(SizeText.TryParse(text, out _));

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

    [Theory]
    [InlineData("hostname", "host_name")]
    [InlineData("host-name", "host_name")]
    [InlineData("Host_Name", "host_name")]
    [InlineData("adress", "address")]
    [InlineData("tsl", "tls")]
    [InlineData("xyz", null)]
    public void The_word_that_was_meant_is_guessed(string word, string? meant) =>
        Assert.Equal(meant, Spelling.Nearest(word, ["address", "host_name", "tls", "trusted_proxies"]));

    [Fact]
    public void No_text_makes_a_form_throw() => Gen.String.Sample(text =>
    {
        _ = DurationText.TryParse(text, out _);
        _ = SizeText.TryParse(text, out _);
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
