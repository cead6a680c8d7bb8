using System.Text;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>Character sets by their labels.</summary>
internal static class Charsets
{
    /// <summary>The one with that label; Latin-1, which reads everything, when nobody knows it.</summary>
    public static Encoding Find(string? label)
    {
        var name = (label ?? "").Trim().ToLowerInvariant();
        // What mail calls by another name than the registry.
        name = name switch
        {
            "shift-jis" or "x-sjis" or "sjis" or "windows-31j" or "cp932" => "shift_jis",
            "cp50220" or "cp50221" or "jis" => "iso-2022-jp",
            "utf8" => "utf-8",
            _ => name,
        };
        if (name.Length == 0) return Encoding.Latin1;
        try
        {
            return CodePagesEncodingProvider.Instance.GetEncoding(name) ?? Encoding.GetEncoding(name);
        }
        catch (ArgumentException)
        {
            return Encoding.Latin1;
        }
    }
}
