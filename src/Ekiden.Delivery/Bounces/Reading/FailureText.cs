using System.Buffers;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>The words of a notice for people, before the returned message, and where it speaks of whom.</summary>
internal sealed class FailureText
{
    private const int MaxLines = 1000;
    private const int MaxLineLetters = 2000;
    private const int MaxRecipients = 1000;

    private static readonly string[] HostWords = ["host ", "host: ", "talking to ", "SMTP server "];

    private static readonly SearchValues<char> HostLetters =
        SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-_");

    private readonly List<string> _lines = [];
    private readonly List<(string Address, int Line)> _mentions = [];

    private FailureText()
    {
    }

    /// <summary>All of it.</summary>
    public string Text => string.Join('\n', _lines);

    /// <summary>The returned message, where it follows the words in the same part; else null.</summary>
    public string? Original { get; private set; }

    /// <summary>Reads words; <paramref name="notThese"/> are who the notice is from and to.</summary>
    public static FailureText Read(string words, IReadOnlySet<string> notThese)
    {
        var text = new FailureText();
        text.TakeLines(words);
        text.FindMentions(notThese);
        return text;
    }

    /// <summary>Who did not get the mail, as the words have it, in order.</summary>
    public IEnumerable<string> Recipients => _mentions.Select(mention => mention.Address).Distinct();

    /// <summary>
    /// Why one recipient failed: what follows it, else what else names it, else the whole.
    /// </summary>
    public Diagnosis Diagnose(string recipient, Circumstances known)
    {
        var found = Diagnosis.None;
        for (var i = 0; i < _mentions.Count && !(found.IsSure && found.Status is not null); i++)
        {
            if (_mentions[i].Address == recipient) found = found.Or(Diagnostician.Read(Passage(i), known));
        }
        var isEnough = found.IsSure && (found.Code is not null || Count > 1);
        return isEnough ? found : found.Or(Diagnostician.Read(Text, known));
    }

    /// <summary>Where in the conversation the server spoke of a recipient; null when the words do not say.</summary>
    public SmtpPhase? PhaseFor(string recipient)
    {
        for (var i = 0; i < _mentions.Count; i++)
        {
            if (_mentions[i].Address == recipient && BounceWords.BuiltIn.PhaseOf(Passage(i)) is { } phase) return phase;
        }
        return Count > 1 ? null : BounceWords.BuiltIn.PhaseOf(Text);
    }

    /// <summary>The host that refused, as the words name it; null when they do not.</summary>
    public string? Host
    {
        get
        {
            foreach (var line in _lines)
            {
                foreach (var words in HostWords)
                {
                    var at = line.IndexOf(words, StringComparison.OrdinalIgnoreCase);
                    if (at >= 0 && HostAt(line.AsSpan(at + words.Length)) is { } host) return host;
                }
            }
            return null;
        }
    }

    private static string? HostAt(ReadOnlySpan<char> line)
    {
        line = line.TrimStart(" :<");
        var end = line.IndexOfAnyExcept(HostLetters);
        var host = (end < 0 ? line : line[..end]).TrimEnd('.');
        return host.Contains('.') ? host.ToString().ToLowerInvariant() : null;
    }

    private int Count => Recipients.Count();

    // From the line with the address to the one before the next address.
    private string Passage(int mention)
    {
        var from = _mentions[mention].Line;
        var to = _lines.Count;
        foreach (var (address, line) in _mentions)
        {
            if (line > from && address != _mentions[mention].Address)
            {
                to = line;
                break;
            }
        }
        return string.Join('\n', _lines[from..Math.Min(to, from + 40)]);
    }

    private void TakeLines(string words)
    {
        var at = 0;
        while (at < words.Length && _lines.Count < MaxLines)
        {
            var end = words.IndexOf('\n', at);
            if (end < 0) end = words.Length;
            var line = Unquoted(words.AsSpan(at, Math.Min(end - at, MaxLineLetters)));
            if (IsOriginalAfter(line))
            {
                Original = words[Math.Min(end + 1, words.Length)..].TrimStart('\n', ' ');
                return;
            }
            if (BeginsHeader(line))
            {
                Original = words[at..];
                return;
            }
            _lines.Add(line);
            at = end + 1;
        }
    }

    // A notice that somebody passed on has a mark before each line; a program's own are three.
    private static string Unquoted(ReadOnlySpan<char> line) =>
        (line.StartsWith("> ") ? line[2..] : line is ">" ? [] : line).TrimEnd().ToString();

    private bool IsOriginalAfter(string line) =>
        _lines.Count > 0 && line.Length is > 5 and < 120 && BounceWords.BuiltIn.Has(PhraseUse.Original, line);

    private bool BeginsHeader(string line) =>
        _lines.Count > 2 && (line.StartsWith("Received: ", StringComparison.Ordinal)
            || line.StartsWith("Return-Path: <", StringComparison.OrdinalIgnoreCase)
            || line.StartsWith("DKIM-Signature: ", StringComparison.OrdinalIgnoreCase));

    // Addresses that begin a line are the surest; then those that RCPT names, and those in a sentence.
    private void FindMentions(IReadOnlySet<string> notThese)
    {
        var others = new List<(string Address, int Line)>();
        for (var i = 0; i < _lines.Count && _mentions.Count < MaxRecipients && others.Count < MaxRecipients; i++)
        {
            var line = _lines[i];
            if (!line.Contains('@', StringComparison.Ordinal)) continue;
            var isAside = BounceWords.BuiltIn.Has(PhraseUse.Aside, line);
            foreach (var found in AddressScanner.FindAll(line))
            {
                if (IsHead(line, found) && !(isAside && notThese.Contains(found.Address)))
                    _mentions.Add((found.Address, i));
                else if (IsRcpt(line, found))
                    others.Add((found.Address, i));
                else if (!isAside && !notThese.Contains(found.Address) && IsInSentence(line, found))
                    others.Add((found.Address, i));
            }
        }
        if (_mentions.Count == 0) _mentions.AddRange(others);
    }

    private static bool IsHead(string line, AddressScanner.Found found)
    {
        var before = line.AsSpan(0, found.From).Trim(" \t<\"'*->(|");
        if (!before.IsEmpty) return false;
        var after = line.AsSpan(found.To).TrimStart(">\"')");
        return after.IsEmpty || after[0] is ':' or ' ' or '\t' or '.' or ',' or ';' or '<' or '(';
    }

    private static bool IsRcpt(string line, AddressScanner.Found found)
    {
        var before = line.AsSpan(0, found.From).TrimEnd(" <:\"");
        return before.EndsWith("RCPT TO", StringComparison.OrdinalIgnoreCase)
            || before.EndsWith("RCPT", StringComparison.OrdinalIgnoreCase);
    }

    private static bool IsInSentence(string line, AddressScanner.Found found)
    {
        var before = line[..found.From];
        if (BounceWords.BuiltIn.Has(PhraseUse.Recipient, before)) return true;
        // «554 <a@example.org>... 550 Host unknown», «550 a@example.org: user unknown»
        var code = before.AsSpan().Trim(" \t<");
        return code.Length >= 3 && code[0] is '4' or '5' && ReplyFinder.Find(code.ToString()) is not null;
    }
}
