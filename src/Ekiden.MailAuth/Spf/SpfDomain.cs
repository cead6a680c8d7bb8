using System.Diagnostics.CodeAnalysis;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.MailAuth.Spf;

/// <summary>The names that SPF looks up.</summary>
internal static class SpfDomain
{
    /// <summary>
    /// A name that can have a record: at least two labels of 1 to 63 characters, 253 in all (RFC 7208 §4.3). U-labels
    /// become A-labels: RFC 8616 §4.
    /// </summary>
    internal static bool TryNormalize(string text, [NotNullWhen(true)] out string? domain)
    {
        domain = text;
        if (!Ascii.IsValid(text) && !DomainName.TryNormalize(text, out domain)) return false;
        if (domain is [.., '.']) domain = domain[..^1];
        return domain.Contains('.', StringComparison.Ordinal) && IsName(domain);
    }

    /// <summary>
    /// Can this be asked for? Macros may put any printable character into a name, blanks too, or make no name at all.
    /// </summary>
    internal static bool IsName(ReadOnlySpan<char> text)
    {
        if (text.Length is 0 or > 253 || text.ContainsAnyExceptInRange(' ', '~')) return false;
        foreach (var range in text.Split('.'))
            if (range.End.Value - range.Start.Value is 0 or > 63) return false;
        return true;
    }

    /// <summary>Is <paramref name="name"/> the domain, or below it?</summary>
    internal static bool IsWithin(ReadOnlySpan<char> name, ReadOnlySpan<char> domain) =>
        name.EndsWith(domain, StringComparison.OrdinalIgnoreCase)
        && (name.Length == domain.Length || name[^(domain.Length + 1)] == '.');
}
