using System.Buffers.Text;
using System.Globalization;
using System.Text;
using Ekiden.Directory.Suppressions;

namespace Ekiden.Server.Api.Suppressions;

/// <summary>The last entry of a page in one opaque word.</summary>
internal static class SuppressionCursor
{
    public static string Of(Suppression last) => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(
        string.Join('\n', last.Email, last.Account, last.Stream, last.ListId, ((int)last.Kind).ToString(
            CultureInfo.InvariantCulture))));

    /// <summary>False when it is no word of ours; none is read as null.</summary>
    public static bool TryRead(string? word, out Suppression? last)
    {
        last = null;
        if (string.IsNullOrEmpty(word)) return true;
        if (!Base64Url.IsValid(word)) return false;
        var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(word)).Split('\n');
        if (parts.Length != 5 || !int.TryParse(
            parts[4], NumberStyles.None, CultureInfo.InvariantCulture, out var kind))
        {
            return false;
        }
        last = new Suppression
        {
            Email = parts[0],
            Account = parts[1],
            Stream = parts[2],
            ListId = parts[3],
            Kind = (SuppressionKind)kind,
            Source = "",
            FirstAt = default,
            LastAt = default,
            CreatedBy = "",
        };
        return true;
    }
}
