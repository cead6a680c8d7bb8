using CsCheck;

namespace Ekiden.Toml.Tests;

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
        _ = TomlReader.Read(text, "a.toml", new SettingsProblems());
        _ = Spelling.Nearest(text, ["address", "host_name"]);
    });
}
