using System.Buffers;
using System.Collections.Immutable;
using System.Text;
using Ekiden.Mail.Headers;

namespace Ekiden.MailAuth.Dkim;

/// <summary>Which header fields are signed, and how often: RFC 6376 §5.4.</summary>
internal sealed class SigningPlan
{
    private const int MaxLine = 72;

    private readonly ImmutableArray<(byte[] Name, bool IsOversigned)> _names;

    private SigningPlan(IEnumerable<(string Name, bool IsOversigned)> names) =>
        _names = [.. names.Select(name => (Encoding.ASCII.GetBytes(name.Name), name.IsOversigned))];

    /// <summary>
    /// For mail of our own: reliability J-R2. A field that is listed once more than it stands there cannot be added by
    /// others without breaking the signature.
    /// </summary>
    internal static SigningPlan ForDkim { get; } = new(
    [
        ("From", true), ("Sender", true), ("Reply-To", true), ("To", true), ("Cc", true), ("Subject", true),
        ("Date", true), ("Message-ID", true), ("In-Reply-To", false), ("References", false), ("MIME-Version", true),
        ("Content-Type", true), ("Content-Transfer-Encoding", true), ("List-Id", false), ("List-Unsubscribe", true),
        ("List-Unsubscribe-Post", true), ("Feedback-ID", false),
    ]);

    /// <summary>
    /// For mail that is passed on: what identifies it, and the signatures it came with (RFC 8617 §4.1.2). Nothing is
    /// listed more often than it stands there: whoever forwards next may add to it.
    /// </summary>
    internal static SigningPlan ForArc { get; } = Of(
        "From", "Sender", "Reply-To", "To", "Cc", "Subject", "Date", "Message-ID", "In-Reply-To", "References",
        "MIME-Version", "Content-Type", "Content-Transfer-Encoding", "List-Id", "List-Unsubscribe",
        "List-Unsubscribe-Post", "DKIM-Signature");

    /// <summary>These fields, as often as they stand there.</summary>
    internal static SigningPlan Of(params IEnumerable<string> names) => new(names.Select(name => (name, false)));

    /// <summary>Writes the fields in relaxed form, and their names as <c>h=</c> has them.</summary>
    /// <returns>False when there is no From: such a message cannot be signed (§5.4).</returns>
    internal bool TryWrite(in HeaderBlock header, PooledBuffer fields, PooledBuffer names)
    {
        var found = ArrayPool<HeaderField>.Shared.Rent(HeaderBlock.MaxLines);
        var kinds = ArrayPool<int>.Shared.Rent(HeaderBlock.MaxLines);
        var count = 0;
        foreach (var field in header)
        {
            if (IndexOf(field.Name) is not (>= 0 and var kind)) continue;
            (found[count], kinds[count]) = (field, kind);
            count++;
        }

        var (line, hasFrom) = (0, false);
        for (var kind = 0; kind < _names.Length; kind++)
        {
            var (name, isOversigned) = _names[kind];
            // from the last upwards: §5.4.2
            for (var i = count - 1; i >= 0; i--)
            {
                if (kinds[i] != kind) continue;
                CanonicalHeader.Write(fields, found[i], Canonicalization.Relaxed);
                AppendName(names, name, ref line);
                hasFrom |= Ascii.EqualsIgnoreCase(name, "From"u8);
            }
            if (isOversigned) AppendName(names, name, ref line);
        }
        ArrayPool<HeaderField>.Shared.Return(found, clearArray: true);
        ArrayPool<int>.Shared.Return(kinds);
        return hasFrom;
    }

    private static void AppendName(PooledBuffer names, byte[] name, ref int line)
    {
        if (names.Length > 0) names.Append(":"u8);
        if (line + name.Length > MaxLine)
        {
            names.Append("\r\n\t"u8);
            line = 0;
        }
        names.Append(name);
        line += name.Length + 1;
    }

    private int IndexOf(ReadOnlySpan<byte> name)
    {
        for (var i = 0; i < _names.Length; i++)
        {
            var known = _names[i].Name;
            if (known.Length == name.Length && Ascii.EqualsIgnoreCase(known, name)) return i;
        }
        return -1;
    }
}
