using System.Buffers;
using System.Security.Cryptography;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Arc;

/// <summary>What a seal is made over: RFC 8617 §5.1.1.</summary>
internal static class ArcSealText
{
    /// <summary>The hash for the seal of the last of these sets.</summary>
    internal static byte[] Hash(ReadOnlySpan<ArcSet> sets)
    {
        var text = new ArrayBufferWriter<byte>();
        foreach (var set in sets[..^1]) Write(text, set);
        WriteBody(text, sets[^1]);
        CanonicalHeader.WriteUnsigned(text, sets[^1].Seal.Field, Canonicalization.Relaxed);
        return SHA256.HashData(text.WrittenSpan);
    }

    /// <summary>Writes a whole set, in the order in which its fields were added.</summary>
    internal static void Write(IBufferWriter<byte> text, ArcSet set)
    {
        WriteBody(text, set);
        CanonicalHeader.Write(text, set.Seal.Field, Canonicalization.Relaxed);
    }

    private static void WriteBody(IBufferWriter<byte> text, ArcSet set)
    {
        CanonicalHeader.Write(text, set.Results, Canonicalization.Relaxed);
        CanonicalHeader.Write(text, set.Message.Field, Canonicalization.Relaxed);
    }
}
