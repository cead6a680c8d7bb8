using System.Diagnostics.CodeAnalysis;
using System.Globalization;

namespace Ekiden.Mail;

/// <summary>An enhanced mail system status code, such as 5.1.1: RFC 3463.</summary>
/// <param name="Class">2 success, 4 persistent transient failure, 5 permanent failure.</param>
/// <param name="Subject">0 to 999.</param>
/// <param name="Detail">0 to 999.</param>
public readonly record struct EnhancedStatus(byte Class, short Subject, short Detail)
{
    /// <summary>Reads <c>class.subject.detail</c>; false when it is not exactly that. RFC 3463 §2.</summary>
    public static bool TryParse([NotNullWhen(true)] string? text, out EnhancedStatus status)
    {
        status = default;
        var parts = (text ?? "").Split('.');
        if (parts.Length != 3 || parts[0] is not ("2" or "4" or "5")) return false;
        if (!TryNumber(parts[1], out var subject) || !TryNumber(parts[2], out var detail)) return false;
        status = new EnhancedStatus((byte)(parts[0][0] - '0'), subject, detail);
        return true;
    }

    /// <inheritdoc/>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Class}.{Subject}.{Detail}");

    private static bool TryNumber(string text, out short number)
    {
        number = 0;
        return text.Length is >= 1 and <= 3
            && short.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out number);
    }
}
