using System.Buffers;
using System.Diagnostics.CodeAnalysis;

namespace Ekiden.Delivery.Security.MtaSts;

/// <summary>
/// What <c>_mta-sts.&lt;domain&gt;</c> says: the domain has a policy, and by <paramref name="Id"/> whether it is the
/// one that we know. RFC 8461 §3.1.
/// </summary>
/// <param name="Id">1 to 32 letters and digits; compared, never ordered.</param>
internal sealed record StsRecord(string Id)
{
    private const string Version = "v=STSv1";
    private const int MaxWord = 32;

    private static readonly SearchValues<char> Alphanumeric =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789");

    private static readonly SearchValues<char> NameCharacters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_-.");

    /// <summary>
    /// The record among the texts at the name. Null: there is none, more than one, or it is malformed; the domain then
    /// has no policy to offer (RFC 8461 §3.1).
    /// </summary>
    public static StsRecord? Find(IEnumerable<string> texts)
    {
        StsRecord? found = null;
        var count = 0;
        foreach (var text in texts)
        {
            if (!IsOurs(text)) continue;
            count++;
            found = TryParse(text, out var record) ? record : null;
        }
        return count == 1 ? found : null;
    }

    /// <summary>Reads one record. Fields that we do not know are checked for their form and ignored.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out StsRecord? record)
    {
        record = null;
        if (!IsOurs(text)) return false;
        var rest = text.AsSpan(Version.Length);
        string? id = null;
        var fields = 0;
        while (!rest.IsEmpty)
        {
            rest = TrimBlank(rest);
            // each field, and the end if it has one, stands behind one semicolon
            if (rest.IsEmpty || rest[0] != ';') return false;
            rest = TrimBlank(rest[1..]);
            if (rest.IsEmpty) break;
            var end = rest.IndexOfAny(";\t ");
            var field = end < 0 ? rest : rest[..end];
            rest = rest[field.Length..];
            if (!TryReadField(field, ref id)) return false;
            fields++;
        }
        if (fields == 0 || id is null) return false;
        record = new StsRecord(id);
        return true;
    }

    private static bool TryReadField(ReadOnlySpan<char> field, ref string? id)
    {
        var equals = field.IndexOf('=');
        if (equals < 1) return false;
        var name = field[..equals];
        var value = field[(equals + 1)..];
        if (name is "id")
        {
            if (value.Length is 0 or > MaxWord || value.ContainsAnyExcept(Alphanumeric)) return false;
            id ??= value.ToString(); // RFC 8461 §3.2: of a field that stands twice the first counts
            return true;
        }
        return IsName(name) && !value.IsEmpty && !value.Contains('=') && !value.ContainsAnyExceptInRange('!', '~');
    }

    /// <summary>The name of an extension field, in records and policies.</summary>
    internal static bool IsName(ReadOnlySpan<char> name) =>
        name.Length is > 0 and <= MaxWord && Alphanumeric.Contains(name[0]) && !name.ContainsAnyExcept(NameCharacters);

    private static bool IsOurs(string text) =>
        text.StartsWith(Version, StringComparison.Ordinal)
        && (text.Length == Version.Length || text[Version.Length] is ';' or ' ' or '\t');

    private static ReadOnlySpan<char> TrimBlank(ReadOnlySpan<char> text) => text.TrimStart(" \t");
}
