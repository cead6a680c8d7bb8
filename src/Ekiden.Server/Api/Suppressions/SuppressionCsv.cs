using System.Globalization;
using Ekiden.Directory.Suppressions;

namespace Ekiden.Server.Api.Suppressions;

/// <summary>The list as CSV (RFC 4180), safe to open in a spreadsheet: reliability K-R8.</summary>
internal static class SuppressionCsv
{
    public const string Header = "email,kind,stream,list_id,source,text,first_at,last_at,expires_at\r\n";

    public static string Line(Suppression one) => string.Join(
        ',', Cell(one.Email), one.Kind.Word(), Cell(one.Stream), Cell(one.ListId), Cell(one.Source),
        Cell(one.ReasonText), Time(one.FirstAt), Time(one.LastAt), one.ExpiresAt is { } end ? Time(end) : "") + "\r\n";

    private static string Cell(string? value)
    {
        if (string.IsNullOrEmpty(value)) return "";
        var safe = value[0] is '=' or '+' or '-' or '@' or '\t' or '\r' ? "'" + value : value;
        return safe.AsSpan().ContainsAny(",\"\r\n")
            ? $"\"{safe.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : safe;
    }

    private static string Time(DateTimeOffset time) =>
        time.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture);
}
