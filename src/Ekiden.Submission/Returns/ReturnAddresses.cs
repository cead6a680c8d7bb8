using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Submission.Returns;

/// <summary>
/// Makes and reads signed return addresses on the bounce domain: who gets a bounce knows which message, or which
/// recipient, it is about without asking anybody, and nobody else can make one up (DESIGN §11, reliability F-R6).
/// </summary>
/// <remarks>
/// The local part is <c>b-</c> and 48 characters of Crockford's base 32, 50 of the 64 octets that RFC 5321 §4.5.3.1.1
/// allows: 16 bytes message, 3 bytes recipient, 2 bytes last day, 9 bytes HMAC-SHA-256. It is written in lower case and
/// read in any case, since some servers change it. The domain is part of what is signed.
/// </remarks>
/// <param name="domain">The bounce domain: lower-case A-labels.</param>
/// <param name="key">The secret, at least 32 bytes; with another one, no address made before is valid.</param>
public sealed class ReturnAddresses(string domain, byte[] key)
{
    private const string Prefix = "b-";
    private const int DigitsLength = 48;
    private const int TokenLength = DigitsLength * 5 / 8;
    private const int SignedLength = 21;
    private const int RecipientAt = 16;
    private const int LastDayAt = 19;

    private static readonly DateOnly FirstDay = new(2020, 1, 1);

    /// <summary>How long after the end of a message's lifetime its bounces are taken: reliability F-R6.</summary>
    public static TimeSpan Validity { get; } = TimeSpan.FromDays(10);

    /// <summary>Where bounces come back to.</summary>
    public string Domain { get; } = domain;

    /// <summary>The address is on the bounce domain: an inbound listener takes it, or says why not.</summary>
    public bool Covers(Mailbox address) => address.Domain == Domain;

    /// <summary>The return address of a message.</summary>
    /// <param name="message">Its id.</param>
    /// <param name="recipient">The place of its only recipient in the envelope, at most 16,777,214; null when it goes
    /// to several, and the bounce itself must say whom it is about.</param>
    /// <param name="expiresAt">The end of the message's lifetime.</param>
    public Mailbox Make(MessageId message, int? recipient, DateTimeOffset expiresAt)
    {
        Span<byte> token = stackalloc byte[TokenLength];
        BinaryPrimitives.WriteUInt128BigEndian(token, message.Value);
        var place = recipient + 1 ?? 0;
        token[RecipientAt] = (byte)(place >> 16);
        BinaryPrimitives.WriteUInt16BigEndian(token[(RecipientAt + 1)..], (ushort)place);
        BinaryPrimitives.WriteUInt16BigEndian(token[LastDayAt..], DayOf(expiresAt + Validity));
        Sign(token[..SignedLength], token[SignedLength..]);
        var text = $"{Prefix}{ReturnToken.Encode(token)}@{Domain}";
        return Mailbox.TryParse(text, out var address)
            ? address
            : throw new InvalidOperationException($"the bounce domain makes no address: {Domain}");
    }

    /// <summary>What an address says; never throws, since strangers write it.</summary>
    public ReturnAddressResult Read(Mailbox address, DateTimeOffset now)
    {
        if (!Covers(address) || !address.LocalPart.StartsWith(Prefix, StringComparison.OrdinalIgnoreCase))
            return ReturnAddressResult.NoReturnAddress;
        var digits = address.LocalPart.AsSpan(Prefix.Length);
        Span<byte> token = stackalloc byte[TokenLength];
        if (digits.Length != DigitsLength || !ReturnToken.TryDecode(digits, token)) return ReturnAddressResult.Bad;
        Span<byte> signature = stackalloc byte[TokenLength - SignedLength];
        Sign(token[..SignedLength], signature);
        if (!CryptographicOperations.FixedTimeEquals(signature, token[SignedLength..])) return ReturnAddressResult.Bad;
        var message = new MessageId(BinaryPrimitives.ReadUInt128BigEndian(token));
        var place = (token[RecipientAt] << 16) | BinaryPrimitives.ReadUInt16BigEndian(token[(RecipientAt + 1)..]);
        int? recipient = place == 0 ? null : place - 1;
        return DayOf(now) > BinaryPrimitives.ReadUInt16BigEndian(token[LastDayAt..])
            ? new ReturnAddressResult.TooOld(message, recipient)
            : new ReturnAddressResult.Valid(message, recipient);
    }

    private static ushort DayOf(DateTimeOffset time) => (ushort)Math.Clamp(
        DateOnly.FromDateTime(time.UtcDateTime).DayNumber - FirstDay.DayNumber, 0, ushort.MaxValue);

    private void Sign(ReadOnlySpan<byte> token, Span<byte> signature)
    {
        Span<byte> signed = stackalloc byte[SignedLength + 255];
        token.CopyTo(signed);
        var length = SignedLength + Encoding.ASCII.GetBytes(Domain, signed[SignedLength..]);
        Span<byte> hash = stackalloc byte[HMACSHA256.HashSizeInBytes];
        HMACSHA256.HashData(key, signed[..length], hash);
        hash[..signature.Length].CopyTo(signature);
    }
}

/// <summary>What a return address says.</summary>
public abstract record ReturnAddressResult
{
    private ReturnAddressResult() { } // closed: every case is below

    /// <summary>It does not look like one: an ordinary address, maybe a local one.</summary>
    public static ReturnAddressResult NoReturnAddress { get; } = new None();

    /// <summary>It looks like one, and we did not make it, or not for this domain.</summary>
    public static ReturnAddressResult Bad { get; } = new Forged();

    /// <summary>We made it, and its time is not over.</summary>
    /// <param name="Message">The message that the bounce is about.</param>
    /// <param name="Recipient">The place in its envelope; null: the bounce must say.</param>
    public sealed record Valid(MessageId Message, int? Recipient) : ReturnAddressResult;

    /// <summary>We made it, and bounces are not taken any more.</summary>
    /// <param name="Message">The message it was made for.</param>
    /// <param name="Recipient">The place in its envelope, or null.</param>
    public sealed record TooOld(MessageId Message, int? Recipient) : ReturnAddressResult;

    /// <summary>Refuse with <c>550 5.7.1</c> (F-R6).</summary>
    public sealed record Forged : ReturnAddressResult;

    /// <summary>Not a return address.</summary>
    public sealed record None : ReturnAddressResult;
}
