using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Directory;

/// <summary>What things in the directory are called: ids, account names, user names.</summary>
internal static class DirectoryNames
{
    public const string AccountRule =
        "A name has 1 to 64 characters, none of them a control character, no space at either end, and does not start "
        + "with acc_.";

    private const int LongestAccountName = 64;
    private const int LongestUsernameStem = 32;
    // Crockford's: none is mistaken for another
    private const string UsernameDigits = "0123456789abcdefghjkmnpqrstvwxyz";

    /// <summary>A new id, ordered by time: api.md §1.</summary>
    public static string NewId(string prefix, TimeProvider clock) =>
        prefix + Crockford.Encode(MessageId.Create(clock).Value);

    /// <summary>The name may be an account's: <see cref="AccountRule"/>.</summary>
    public static bool IsAccountName(string name) =>
        name.Length is > 0 and <= LongestAccountName && name.Trim().Length == name.Length
        && !name.StartsWith("acc_", StringComparison.OrdinalIgnoreCase)
        && !name.Any(letter => char.IsControl(letter) || IsInvisible(letter));

    /// <summary>
    /// A user name that nobody has: the account's name in lower-case ASCII, a dash, and random characters; more of them
    /// when the first ones are taken.
    /// </summary>
    public static string NewUsername(string accountName, DirectorySnapshot current, RandomNumberGenerator random)
    {
        var stem = Stem(accountName);
        Span<byte> bytes = stackalloc byte[1];
        for (var length = 4; ; length++)
        {
            var name = new StringBuilder(stem).Append('-');
            for (var i = 0; i < length; i++)
            {
                random.GetBytes(bytes);
                name.Append(UsernameDigits[bytes[0] % UsernameDigits.Length]);
            }
            if (current.FindKey(name.ToString()) is null) return name.ToString();
        }
    }

    private static string Stem(string accountName)
    {
        var stem = new StringBuilder(LongestUsernameStem);
        foreach (var letter in accountName.ToLowerInvariant())
        {
            if (stem.Length == LongestUsernameStem) break;
            if (char.IsAsciiLetterOrDigit(letter)) stem.Append(letter);
            else if (stem.Length > 0 && stem[^1] != '-') stem.Append('-');
        }
        var text = stem.ToString().Trim('-');
        return text.Length > 0 ? text : "account";
    }

    // Line separators and direction marks would let one name look like another: reliability.md L-R1.
    private static bool IsInvisible(char letter) => CharUnicodeInfo.GetUnicodeCategory(letter) is
        UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator;
}
