using System.Security.Cryptography;
using CsCheck;

namespace Ekiden.Directory.Tests;

public sealed class KeySecretTests
{
    [Fact]
    public void A_secret_has_its_prefix_and_61_characters_of_base_62()
    {
        using var random = RandomNumberGenerator.Create();
        Assert.Matches("^ekiden_live_[0-9A-Za-z]{49}$", KeySecret.Create(random));
    }

    [Fact]
    public void The_smallest_and_the_largest_random_value_have_the_same_length()
    {
        Assert.StartsWith(
            "ekiden_live_" + new string('0', 43), KeySecret.Create(new FixedRandom(0)), StringComparison.Ordinal);
        Assert.Equal(KeySecret.Length, KeySecret.Create(new FixedRandom(255)).Length);
        Assert.True(KeySecret.IsWellFormed(KeySecret.Create(new FixedRandom(255))));
    }

    [Fact]
    public void Any_changed_character_is_noticed()
    {
        var secret = KeySecret.Create(new FixedRandom(0x5A));
        Gen.Select(Gen.Int[0, KeySecret.Length - 1], Gen.Char.AlphaNumeric)
            .Where((place, letter) => secret[place] != letter)
            .Sample((place, letter) =>
                !KeySecret.IsWellFormed(secret[..place] + letter + secret[(place + 1)..]));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ekiden_live_")]
    [InlineData("hunter2")]
    public void What_is_no_secret_is_not_well_formed(string text) => Assert.False(KeySecret.IsWellFormed(text));

    private sealed class FixedRandom(byte value) : RandomNumberGenerator
    {
        public override void GetBytes(byte[] data) => data.AsSpan().Fill(value);

        public override void GetBytes(Span<byte> data) => data.Fill(value);
    }
}
