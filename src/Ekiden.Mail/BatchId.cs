using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Ekiden.Mail;

/// <summary>The name of one batch: a mailing to many, handed in by one request. 128 bits, ordered by time.</summary>
/// <remarks>Text form: <c>bat_</c> and 26 characters of Crockford's base 32, upper case.</remarks>
public readonly record struct BatchId(UInt128 Value)
{
    /// <summary>What the text form starts with.</summary>
    public const string Prefix = "bat_";

    /// <summary>A new id; its first 48 bits are the milliseconds of <paramref name="clock"/>.</summary>
    public static BatchId Create(TimeProvider clock)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(clock.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        return new BatchId(BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Reads the text form, exactly as written by <see cref="ToString"/>; lower case is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out BatchId id)
    {
        id = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (!Crockford.TryDecode(text.AsSpan(Prefix.Length), out var value)) return false;
        id = new BatchId(value);
        return true;
    }

    /// <summary><c>bat_</c> and 26 characters.</summary>
    public override string ToString() => Prefix + Crockford.Encode(Value);
}
