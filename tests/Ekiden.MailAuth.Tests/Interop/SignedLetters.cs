using System.Buffers;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Tests.Interop;

/// <summary>Letters with our signatures, of <c>rsa._domainkey.d.test</c> and <c>ed._domainkey.d.test</c>.</summary>
internal static class SignedLetters
{
    public static byte[] Sign(byte[] letter, params DkimKey[] keys)
    {
        var output = new ArrayBufferWriter<byte>();
        var identities = keys.Select(key =>
            new DkimIdentity("d.test", key.Algorithm == DkimAlgorithm.RsaSha256 ? "rsa" : "ed", key));
        var signer = new DkimSigner([.. identities], null, TimeProvider.System);
        Assert.True(signer.TrySign(HeaderBlock.Read(letter), BodyHash(letter), output));
        return [.. output.WrittenSpan, .. letter];
    }

    public static byte[] BodyHash(byte[] message)
    {
        using var hash = new RelaxedBodyHash();
        hash.Append(message.AsSpan(HeaderBlock.Read(message).BodyOffset));
        return hash.Finish();
    }
}
