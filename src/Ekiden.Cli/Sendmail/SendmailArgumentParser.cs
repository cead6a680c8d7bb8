namespace Ekiden.Cli.Sendmail;

/// <summary>
/// Reads arguments as sendmail does: one dash, values attached or as the next argument, options of other programs that
/// change nothing here accepted and ignored.
/// </summary>
internal static class SendmailArgumentParser
{
    // Those that other sendmails have with a value, and that mean nothing here.
    private const string IgnoredWithValue = "CdhLMOpX";

    // Those without one: verbose, metoo, no aliases, gateway, message submission and the like.
    private const string IgnoredAlone = "AcDeGmnsUvx";

    public static SendmailArguments Parse(string programName, IEnumerable<string> arguments)
    {
        var parsed = new SendmailArguments
        {
            Mode = programName switch
            {
                "mailq" => SendmailMode.ShowQueue,
                "newaliases" => SendmailMode.Nothing,
                _ => SendmailMode.Send,
            },
        };
        var rest = new Queue<string>(arguments);
        while (parsed.Mistake is null && rest.TryDequeue(out var argument))
        {
            if (argument == "--")
            {
                parsed = parsed with { Recipients = [.. parsed.Recipients, .. rest] };
                break;
            }
            parsed = argument.Length > 1 && argument[0] == '-'
                ? ReadOption(parsed, argument, rest)
                : parsed with { Recipients = [.. parsed.Recipients, argument] };
        }
        return parsed;
    }

    private static SendmailArguments ReadOption(SendmailArguments parsed, string argument, Queue<string> rest)
    {
        if (argument == "--config")
            return WithValue(parsed, "--config", "", rest, value => parsed with { Config = value });
        var (letter, attached) = (argument[1], argument[2..]);
        return letter switch
        {
            't' or 'i' => parsed with
            {
                ReadsRecipients = parsed.ReadsRecipients || argument.Contains('t', StringComparison.Ordinal),
                IgnoresDots = parsed.IgnoresDots || argument.Contains('i', StringComparison.Ordinal),
            },
            'o' => ReadLongOption(parsed, attached, rest),
            'f' or 'r' => WithValue(
                parsed, argument[..2], attached, rest, value => parsed with { Sender = value.Trim('<', '>') }),
            'F' => WithValue(parsed, "-F", attached, rest, value => parsed with { FullName = value }),
            'B' => WithValue(parsed, "-B", attached, rest, value => ReadBody(parsed, value)),
            'N' => WithValue(parsed, "-N", attached, rest, value => ReadNotify(parsed, value)),
            'R' => WithValue(parsed, "-R", attached, rest, value => ReadReturn(parsed, value)),
            'V' => WithValue(parsed, "-V", attached, rest, value => parsed with { EnvelopeId = value }),
            'b' => ReadMode(parsed, attached),
            'q' => parsed with { Mode = SendmailMode.Nothing },
            _ when IgnoredWithValue.Contains(letter, StringComparison.Ordinal) =>
                WithValue(parsed, argument[..2], attached, rest, _ => parsed),
            _ when IgnoredAlone.Contains(letter, StringComparison.Ordinal) => parsed,
            _ => parsed with { Mistake = $"there is no option {argument}" },
        };
    }

    // -oX, -oXvalue: i is -i; the others (em, db, Q…) choose what Ekiden decides by itself. "-o option=value" likewise.
    private static SendmailArguments ReadLongOption(SendmailArguments parsed, string attached, Queue<string> rest)
    {
        if (attached.Length == 0) return WithValue(parsed, "-o", "", rest, _ => parsed);
        return attached[0] == 'i' ? parsed with { IgnoresDots = true } : parsed;
    }

    private static SendmailArguments ReadMode(SendmailArguments parsed, string mode) => mode switch
    {
        "m" => parsed with { Mode = SendmailMode.Send },
        "s" => parsed with { Mode = SendmailMode.Smtp },
        "p" => parsed with { Mode = SendmailMode.ShowQueue },
        "i" => parsed with { Mode = SendmailMode.Nothing },
        "d" or "D" => parsed with { Mistake = $"-b{mode}: the server is started with `ekiden serve`" },
        _ => parsed with { Mistake = $"there is no mode -b{mode}" },
    };

    private static SendmailArguments ReadBody(SendmailArguments parsed, string body) => body.ToUpperInvariant() switch
    {
        "7BIT" => parsed with { IsEightBit = false },
        "8BITMIME" => parsed with { IsEightBit = true },
        _ => parsed with { Mistake = $"-B expects 7BIT or 8BITMIME, not {body}" },
    };

    // NEVER stands alone: RFC 3461 §4.1.
    private static SendmailArguments ReadNotify(SendmailArguments parsed, string notify)
    {
        string[] words = [.. notify.ToUpperInvariant().Split(',', StringSplitOptions.TrimEntries)];
        var isKnown = words.All(word => word is "NEVER" or "SUCCESS" or "FAILURE" or "DELAY");
        return isKnown && (words.Length == 1 || !words.Contains("NEVER", StringComparer.Ordinal))
            ? parsed with { Notify = string.Join(',', words) }
            : parsed with { Mistake = $"-N expects never, or some of success,failure,delay; not {notify}" };
    }

    private static SendmailArguments ReadReturn(SendmailArguments parsed, string part) => part.ToUpperInvariant() switch
    {
        "FULL" => parsed with { Return = "FULL" },
        "HDRS" => parsed with { Return = "HDRS" },
        _ => parsed with { Mistake = $"-R expects full or hdrs, not {part}" },
    };

    private static SendmailArguments WithValue(
        SendmailArguments parsed, string option, string attached, Queue<string> rest,
        Func<string, SendmailArguments> set)
    {
        if (attached.Length > 0) return set(attached);
        return rest.TryDequeue(out var value) ? set(value) : parsed with { Mistake = $"{option} needs a value" };
    }
}
