using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>Puts tokens together again.</summary>
internal static class HeaderTokens
{
    /// <summary>A display name to show: words with single blanks between them, encoded words decoded.</summary>
    internal static string DisplayName(List<HeaderToken> words)
    {
        var name = new StringBuilder();
        foreach (var word in words)
        {
            if (name.Length > 0 && word.Kind != HeaderTokenKind.Dot) name.Append(' ');
            name.Append(word.Text);
        }
        return SafeText.Of(EncodedWords.Decode(name.ToString()));
    }

    /// <summary>
    /// The address of a local part and a domain, in the form that <see cref="Mailbox"/> reads; null when the words
    /// are no local part. Words between dots may be quoted each (obsolete, RFC 5322 §4.4).
    /// </summary>
    internal static string? LocalPart(List<HeaderToken> words, string domain)
    {
        var text = new StringBuilder();
        var isQuoted = false;
        var alternates = words.Count % 2 == 1;
        for (var i = 0; i < words.Count; i++)
        {
            var isDot = words[i].Kind == HeaderTokenKind.Dot;
            if (words[i].Kind == HeaderTokenKind.Literal) return null;
            if (!isDot && i > 0 && words[i - 1].Kind != HeaderTokenKind.Dot) return null;
            alternates &= isDot == (i % 2 == 1);
            isQuoted |= words[i].Kind == HeaderTokenKind.Quoted;
            text.Append(words[i].Text);
        }
        if (!isQuoted) return $"{text}@{domain}"; // dots are judged by the domain
        return alternates ? LocalPartForm.Quote(text.ToString(), domain) : null;
    }
}
