using System.Diagnostics.CodeAnalysis;
using Ekiden.Mail;

namespace Ekiden.Events;

/// <summary>
/// The name of one event: the same after every retry and every crash, since it is derived from the event's place in the
/// journal. Ordered as the log is, so that it is a cursor too.
/// </summary>
/// <remarks>
/// Text: <c>evt_</c> and 26 characters of Crockford's base 32: 48 bits of milliseconds, 63 of sequence.
/// </remarks>
/// <param name="At">When it happened.</param>
/// <param name="Sequence">Its place in the event log; grows, with gaps.</param>
public readonly record struct EventId(DateTimeOffset At, long Sequence)
{
    private const string Prefix = "evt_";
    private const int SequenceShift = 17;
    private const int TimeShift = 80;

    /// <summary>Reads the text form; false for anything else.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EventId id)
    {
        id = default;
        if (text is null || !text.StartsWith(Prefix, StringComparison.Ordinal)) return false;
        if (!Crockford.TryDecode(text.AsSpan(Prefix.Length), out var value)) return false;
        var milliseconds = (long)(value >> TimeShift);
        var sequence = (long)((value >> SequenceShift) & long.MaxValue);
        if ((value & ((1 << SequenceShift) - 1)) != 0) return false;
        if (milliseconds > DateTimeOffset.MaxValue.ToUnixTimeMilliseconds()) return false;
        id = new EventId(DateTimeOffset.FromUnixTimeMilliseconds(milliseconds), sequence);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => Prefix + Crockford.Encode(
        ((UInt128)(ulong)Math.Max(0, At.ToUnixTimeMilliseconds()) << TimeShift)
        | ((UInt128)(ulong)Sequence << SequenceShift));
}
