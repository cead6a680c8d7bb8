using System.Security.Cryptography;

namespace Ekiden.MailAuth.Dkim;

/// <summary>Writes the tags of signature fields, and the signature itself: RFC 6376 §3.5, §3.7.</summary>
internal static class SignatureWriter
{
    private const int MaxSignature = DkimKey.MaxRsaBits / 8;

    /// <summary>The name of an algorithm, the rest of the tags, and <c>b=</c> without its value.</summary>
    internal static void WriteTags(
        PooledBuffer field, DkimIdentity identity, ReadOnlySpan<byte> names, ReadOnlySpan<byte> bodyHash,
        (long Now, TimeSpan? Lifetime) times)
    {
        field.Append(Name(identity.Key.Algorithm));
        field.Append("; c=relaxed/relaxed;\r\n\td="u8);
        field.Append(identity.Domain);
        field.Append("; s="u8);
        field.Append(identity.Selector);
        field.Append(";\r\n\tt="u8);
        field.Append(times.Now);
        if (times.Lifetime is { } lifetime)
        {
            field.Append("; x="u8);
            field.Append(times.Now + (long)lifetime.TotalSeconds);
        }
        field.Append(";\r\n\th="u8);
        field.Append(names);
        field.Append(";\r\n\tbh="u8);
        field.AppendBase64(bodyHash);
        field.Append(";\r\n\tb="u8);
    }

    /// <summary>
    /// Signs what stands in <paramref name="canonical"/> and the field itself, puts the signature where <c>b=</c> ends,
    /// and ends the field with a CRLF.
    /// </summary>
    /// <param name="field">The field, without a value of <c>b=</c> and without a CRLF.</param>
    /// <param name="at">Where the value of <c>b=</c> goes.</param>
    /// <param name="canonical">What is signed before the field; grows by it.</param>
    /// <param name="key">With what.</param>
    internal static void Sign(PooledBuffer field, int at, PooledBuffer canonical, DkimKey key)
    {
        WriteRelaxed(field.Written, canonical);
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(canonical.Written, hash);
        Span<byte> signature = stackalloc byte[MaxSignature];
        signature = signature[..key.SignatureLength];
        key.Sign(hash, signature);
        field.InsertBase64(at, signature);
        field.Append("\r\n"u8);
    }

    /// <summary>Writes a field in relaxed form, without a CRLF.</summary>
    internal static void WriteRelaxed(ReadOnlySpan<byte> field, PooledBuffer canonical)
    {
        var colon = field.IndexOf((byte)':');
        var value = field[(colon + 1)..];
        if (value.EndsWith("\r\n"u8)) value = value[..^2];
        CanonicalHeader.WriteRelaxed(canonical, field[..colon], value);
    }

    internal static ReadOnlySpan<byte> Name(DkimAlgorithm algorithm) =>
        algorithm == DkimAlgorithm.RsaSha256 ? "rsa-sha256"u8 : "ed25519-sha256"u8;
}
