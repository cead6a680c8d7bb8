using System.Buffers;
using System.Globalization;
using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>What a notice quotes of a server's reply.</summary>
/// <param name="Code">400 to 599; null when no code is quoted.</param>
/// <param name="Status">Null when no enhanced status is quoted.</param>
/// <param name="From">Where the quotation begins.</param>
internal readonly record struct QuotedReply(int? Code, EnhancedStatus? Status, int From);

/// <summary>Finds a server's reply within other words.</summary>
internal static class ReplyFinder
{
    // What stands around a code, and around no other number.
    private static readonly SearchValues<char> Before = SearchValues.Create(" \n\t[(\"':>;=#");
    private static readonly SearchValues<char> After = SearchValues.Create(" -:\n\t,;])\"");

    /// <summary>
    /// The reply that is most surely one: a code with an enhanced status after it, else one that stands where replies
    /// begin, else any. Of several the first, but what it wraps before itself.
    /// </summary>
    public static QuotedReply? Find(string text)
    {
        QuotedReply? best = null;
        var worth = 0;
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is not ('4' or '5') || CodeAt(text, i) is not { } code) continue;
            var after = SkipBlanks(text, i + 3);
            var status = StatusAt(text, after, out _);
            if (status is { } given && given.Class != code / 100) status = null;
            var value = status is not null ? 3 : IsBeginning(text, i) ? 2 : 1;
            var isWrapped = best is { Status: null } outer && IsWrapped(text, outer.From, i);
            if (value > worth || isWrapped)
            {
                best = new QuotedReply(code, status, i);
                worth = Math.Max(worth, value);
            }
        }
        if (best is not { } reply) return FindStatus(text) is { } only ? new QuotedReply(null, only, 0) : null;
        return reply.Status is null && FindStatus(text, reply) is { } later ? reply with { Status = later } : reply;
    }

    /// <summary>The first enhanced status of class 4 or 5; null when there is none.</summary>
    public static EnhancedStatus? FindStatus(string text)
    {
        for (var i = 0; i < text.Length; i++)
        {
            if (text[i] is '4' or '5' && StatusAt(text, i, out _) is { } status) return status;
        }
        return null;
    }

    /// <summary>The code without what repeats it at the beginning of every line of the reply.</summary>
    public static string WithoutCodes(string text, QuotedReply reply)
    {
        if (reply.Code is not { } code) return text;
        var digits = code.ToString(CultureInfo.InvariantCulture);
        var words = text;
        if (reply.Status is { } status)
        {
            words = words.Replace($"{digits}-{status}", "", StringComparison.Ordinal)
                .Replace($"{digits} {status}", "", StringComparison.Ordinal);
        }
        words = words.Replace($"{digits}-", "", StringComparison.Ordinal);
        words = words.StartsWith(digits, StringComparison.Ordinal) ? words[3..] : words;
        return words.Replace($"\n{digits} ", "\n", StringComparison.Ordinal);
    }

    // A status elsewhere in the words, such as qmail's (#5.1.1); else one before the reply on its line.
    private static EnhancedStatus? FindStatus(string text, QuotedReply reply)
    {
        for (var i = reply.From; i < text.Length; i++)
        {
            if (text[i] == '0' + (reply.Code / 100) && StatusAt(text, i, out _) is { } status) return status;
        }
        for (var i = reply.From; i >= 0 && text[i] != '\n'; i--)
        {
            if (text[i] == '0' + (reply.Code / 100) && StatusAt(text, i, out _) is { } status) return status;
        }
        return null;
    }

    private static int? CodeAt(string text, int i)
    {
        if (i + 2 >= text.Length || text[i + 1] is < '0' or > '7' || !char.IsAsciiDigit(text[i + 2])) return null;
        if (i > 0 && !Before.Contains(text[i - 1])) return null;
        if (i + 3 < text.Length && !After.Contains(text[i + 3])) return null;
        return ((text[i] - '0') * 100) + ((text[i + 1] - '0') * 10) + text[i + 2] - '0';
    }

    private static int SkipBlanks(string text, int at)
    {
        while (at < text.Length && text[at] is ' ' or '-' or ':' or ',' or '#' or '\n' or '\t') at++;
        return at;
    }

    private static EnhancedStatus? StatusAt(string text, int i, out int end)
    {
        end = i;
        if (i >= text.Length || (i > 0 && (char.IsAsciiLetterOrDigit(text[i - 1]) || text[i - 1] == '.'))) return null;
        while (end < text.Length && (char.IsAsciiDigit(text[end]) || text[end] == '.') && end - i < 12) end++;
        var to = end;
        while (to > i && text[to - 1] == '.') to--;
        if (to < text.Length && char.IsAsciiLetter(text[to])) return null;
        return EnhancedStatus.TryParse(text[i..to], out var status) && status.Class is 4 or 5 ? status : null;
    }

    // Where a quoted reply begins: the line, after "said:", in brackets or quotes.
    private static bool IsBeginning(string text, int i)
    {
        var before = i - 1;
        while (before >= 0 && text[before] is ' ' or '\t') before--;
        return before < 0 || text[before] is '\n' or ':' or '<' or '>' or '[' or '(' or '"' or '\'' or ';' or '=';
    }

    // «554 <a@example.org>... 550 Host unknown»: the inner one is the server's.
    private static bool IsWrapped(string text, int outer, int inner)
    {
        var between = text.AsSpan(outer + 3, inner - outer - 3).Trim();
        return between.IsEmpty || (between.Length < 200 && between.EndsWith("...") && !between.Contains('\n'));
    }
}
