using System.Security.Cryptography;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Tests.Dkim;

public sealed class DkimKeyTests
{
    [Theory]
    [InlineData(DkimAlgorithm.RsaSha256, 256)]
    [InlineData(DkimAlgorithm.Ed25519Sha256, 64)]
    public void A_key_survives_being_stored(DkimAlgorithm algorithm, int length)
    {
        using var key = DkimKey.Generate(algorithm);
        using var stored = DkimKey.FromPkcs8(key.ExportPkcs8());
        Assert.Equal(algorithm, stored.Algorithm);
        Assert.Equal(key.PublicRecord, stored.PublicRecord);
        Assert.Equal(length, stored.SignatureLength);
        Assert.True(KeyRecord.TryParse(stored.PublicRecord, out var record, out _));
        var signature = new byte[length];
        key.Sign(new byte[32], signature);
        Assert.Equal(DkimResult.Pass, PublicKey.Verify(record, new byte[32], signature).Result);
    }

    [Theory]
    [InlineData(1024, false)]
    [InlineData(2040, false)]
    [InlineData(2048, true)]
    public void A_short_RSA_key_is_refused(int bits, bool isTaken)
    {
        using var rsa = RSA.Create(bits);
        foreach (var text in new[] { rsa.ExportPkcs8PrivateKeyPem(), rsa.ExportRSAPrivateKeyPem() })
        {
            Assert.Equal(isTaken, DkimKey.TryImport(text, out var key, out var why));
            Assert.Equal(isTaken, why is null);
            key?.Dispose();
        }
    }

    // RFC 8032 §7.1: the first key, as dkimpy keeps it and as OpenSSL does.
    [Theory]
    [InlineData("nWGxne/9WmC6hEr0kuwsxERJxWl7MmkZcDusAxyuf2A=")]
    [InlineData("""
        -----BEGIN PRIVATE KEY-----
        MC4CAQAwBQYDK2VwBCIEIJ1hsZ3v/VpguoRK9JLsLMREScVpezJpGXA7rAMcrn9g
        -----END PRIVATE KEY-----
        """)]
    public void An_Ed25519_key_is_imported(string text)
    {
        Assert.True(DkimKey.TryImport(text, out var key, out _));
        Assert.Equal("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", key.PublicRecord);
        key.Dispose();
    }

    [Theory]
    [InlineData("")]
    [InlineData("not a key")]
    [InlineData("-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----")]
    [InlineData("-----BEGIN RSA PRIVATE KEY-----\nAAAA\n-----END RSA PRIVATE KEY-----")]
    [InlineData("-----BEGIN ENCRYPTED PRIVATE KEY-----\nAAAA\n-----END ENCRYPTED PRIVATE KEY-----")]
    [InlineData("-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----")]
    public void Text_that_is_no_key_says_why(string text)
    {
        Assert.False(DkimKey.TryImport(text, out _, out var why));
        Assert.NotEmpty(why);
    }
}
