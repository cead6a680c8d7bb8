using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Events.Storage;

/// <summary>64 bits of an address, for the index: a number is a quarter of the text's size.</summary>
internal static class RecipientHash
{
    /// <summary>The hash of an address, the same for each spelling of its case.</summary>
    public static long Of(string address)
    {
        var key = Mailbox.TryParse(address, out var mailbox) ? mailbox.SuppressionKey : address.ToLowerInvariant();
        return OfKey(key);
    }

    /// <summary>The hash of an address in the form of <see cref="Mailbox.SuppressionKey"/>.</summary>
    public static long OfKey(string key)
    {
        Span<byte> text = stackalloc byte[1024];
        var length = Encoding.UTF8.TryGetBytes(key, text, out var written) ? written : 0;
        Span<byte> hash = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(length > 0 ? text[..length] : Encoding.UTF8.GetBytes(key), hash);
        return BinaryPrimitives.ReadInt64LittleEndian(hash);
    }
}
