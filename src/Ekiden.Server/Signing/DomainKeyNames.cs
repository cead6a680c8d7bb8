using System.Collections.Immutable;
using System.Globalization;
using Ekiden.Directory;

namespace Ekiden.Server.Signing;

/// <summary>Where keys are published: RFC 6376 §3.6.2.1.</summary>
internal static class DomainKeyNames
{
    /// <summary>For people whose selector is refused.</summary>
    public const string SelectorRule = "A selector has labels of letters, digits and hyphens, at most 63 in all";

    /// <summary>The name of the TXT record.</summary>
    public static string PlaceOf(string selector, string domain) => $"{selector}._domainkey.{domain}";

    /// <summary>The day, and a letter from the second pair of keys of that day on.</summary>
    public static string OfDay(DateTimeOffset now, ImmutableArray<DomainKey> known)
    {
        var day = now.ToString("yyyyMMdd", CultureInfo.InvariantCulture);
        var before = known.Count(key => key.Selector.StartsWith("r" + day, StringComparison.Ordinal));
        return before == 0 ? day : $"{day}-{before + 1}";
    }

    /// <summary>Lower case labels of letters, digits and inner hyphens.</summary>
    public static bool IsSelector(string text) => text.Length is > 0 and <= 63 && text.Split('.').All(label =>
        label.Length > 0 && label[0] != '-' && label[^1] != '-'
        && label.All(letter => char.IsAsciiLetterLower(letter) || char.IsAsciiDigit(letter) || letter == '-'));
}
