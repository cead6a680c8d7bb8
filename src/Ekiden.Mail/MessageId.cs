using System.Diagnostics.CodeAnalysis;

namespace Ekiden.Mail;

/// <summary>
/// The name of one accepted message everywhere: in the <c>250</c> reply, the journal, events, logs, the API and
/// <c>Received:</c>. 128 bits, ordered by time (UUID version 7, RFC 9562 §5.7).
/// </summary>
/// <remarks>Text form: <c>msg_</c> and 26 characters of Crockford's base 32, upper case.</remarks>
public readonly record struct MessageId(UInt128 Value)
{
    /// <summary>What the text form starts with.</summary>
    public const string Prefix = "msg_";

    /// <summary>When it was made, in milliseconds; meaningless for an id that was made up.</summary>
    public DateTimeOffset CreatedAt => DateTimeOffset.FromUnixTimeMilliseconds(
        Math.Min((long)(ulong)(Value >> 80), DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()));

    /// <summary>A new id; its first 48 bits are the milliseconds of <paramref name="clock"/>.</summary>
    public static MessageId Create(TimeProvider clock)
    {
        Span<byte> bytes = stackalloc byte[16];
        Guid.CreateVersion7(clock.GetUtcNow()).TryWriteBytes(bytes, bigEndian: true, out _);
        return new MessageId(System.Buffers.Binary.BinaryPrimitives.ReadUInt128BigEndian(bytes));
    }

    /// <summary>Reads the text form, exactly as written by <see cref="ToString"/>; lower case is refused.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out MessageId id)
    {
        id = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (!Crockford.TryDecode(text.AsSpan(Prefix.Length), out var value)) return false;
        id = new MessageId(value);
        return true;
    }

    /// <summary><c>msg_</c> and 26 characters.</summary>
    public override string ToString() => Prefix + Crockford.Encode(Value);

    /// <summary>The id of the recipient at <paramref name="index"/> of this message's envelope.</summary>
    public RecipientId Recipient(int index) => new(Value + (UInt128)(uint)index + 1);
}

/// <summary>
/// The name of one recipient of one message; derived from the message's id and the recipient's place.
/// </summary>
/// <remarks>Text form: <c>rcp_</c> and 26 characters.</remarks>
public readonly record struct RecipientId(UInt128 Value)
{
    /// <summary><c>rcp_</c> and 26 characters.</summary>
    public override string ToString() => "rcp_" + Crockford.Encode(Value);
}
