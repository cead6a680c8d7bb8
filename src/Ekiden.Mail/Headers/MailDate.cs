using System.Globalization;

namespace Ekiden.Mail.Headers;

/// <summary>Date and time in header fields: RFC 5322 §3.3.</summary>
public static class MailDate
{
    /// <summary><c>Tue, 24 Nov 2026 05:00:00 +0900</c>, with the offset of <paramref name="time"/>.</summary>
    public static string Format(DateTimeOffset time)
    {
        var offset = time.Offset;
        var sign = offset < TimeSpan.Zero ? '-' : '+';
        return string.Create(CultureInfo.InvariantCulture,
            $"{time:ddd, d MMM yyyy HH:mm:ss} {sign}{offset.Duration():hhmm}");
    }
}
