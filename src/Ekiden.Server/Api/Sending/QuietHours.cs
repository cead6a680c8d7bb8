using System.Globalization;
using Ekiden.Contracts;

namespace Ekiden.Server.Api.Sending;

/// <summary>Hours in which nothing is to arrive: japan.md §6.</summary>
internal static class QuietHours
{
    private const string UsualZone = "Asia/Tokyo";

    /// <summary>The first moment, not before <paramref name="wanted"/>, at which mail may go.</summary>
    public static DateTimeOffset Apply(ApiQuietHours hours, DateTimeOffset wanted, FieldErrors errors, string pointer)
    {
        if (!TryTime(hours.Start, out var start) || !TryTime(hours.End, out var end) || start == end)
        {
            errors.Add(pointer, "start and end are two times of day, HH:MM");
            return wanted;
        }
        if (!TimeZoneInfo.TryFindSystemTimeZoneById(hours.Timezone ?? UsualZone, out var zone))
        {
            errors.Add(pointer + "/timezone", "There is no such time zone");
            return wanted;
        }
        var local = TimeZoneInfo.ConvertTime(wanted, zone);
        var now = TimeOnly.FromDateTime(local.DateTime);
        if (!now.IsBetween(start, end)) return wanted;
        var day = now < end ? local.Date : local.Date.AddDays(1);
        var ending = day + end.ToTimeSpan();
        return new DateTimeOffset(ending, zone.GetUtcOffset(ending));
    }

    private static bool TryTime(string text, out TimeOnly time) =>
        TimeOnly.TryParseExact(text, "HH':'mm", CultureInfo.InvariantCulture, DateTimeStyles.None, out time);
}
