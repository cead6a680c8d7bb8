using System.Security.Cryptography;
using Ekiden.Server.Signing;

namespace Ekiden.Server.Tests.Signing;

/// <summary>What is sealed opens only with its key, under its name, and as it was written: decision 8.</summary>
public sealed class KeySealTests
{
    private const string Name = "r1._domainkey.a.test";
    private static readonly byte[] Secret = "a private key"u8.ToArray();
    private readonly KeySeal _seal = new(RandomNumberGenerator.GetBytes(32));

    [Fact]
    public void A_secret_opens_under_its_name()
    {
        var whole = _seal.Seal(Secret, Name);
        Assert.Equal(Secret, _seal.Open(whole, Name));
        Assert.Equal(-1, whole.AsSpan().IndexOf(Secret));
    }

    [Fact]
    public void The_same_secret_is_never_sealed_the_same_way_twice() =>
        Assert.NotEqual(_seal.Seal(Secret, Name), _seal.Seal(Secret, Name));

    [Fact]
    public void Another_key_file_does_not_open_it()
    {
        var other = new KeySeal(RandomNumberGenerator.GetBytes(32));
        Assert.ThrowsAny<CryptographicException>(() => other.Open(_seal.Seal(Secret, Name), Name));
    }

    [Fact]
    public void A_row_that_was_moved_to_another_domain_does_not_open() =>
        Assert.ThrowsAny<CryptographicException>(
            () => _seal.Open(_seal.Seal(Secret, Name), "r1._domainkey.b.test"));

    [Fact]
    public void A_changed_byte_anywhere_is_noticed()
    {
        var whole = _seal.Seal(Secret, Name);
        for (var at = 0; at < whole.Length; at++)
        {
            var changed = whole.ToArray();
            changed[at] ^= 1;
            Assert.ThrowsAny<CryptographicException>(() => _seal.Open(changed, Name));
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(27)]
    public void What_is_too_short_to_be_sealed_is_refused(int length) =>
        Assert.ThrowsAny<CryptographicException>(() => _seal.Open(new byte[length], Name));
}
