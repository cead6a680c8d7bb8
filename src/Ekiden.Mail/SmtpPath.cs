using System.Buffers;
using System.Text;
using System.Text.Unicode;

namespace Ekiden.Mail;

/// <summary>What stands after <c>MAIL FROM:</c> or <c>RCPT TO:</c>. RFC 5321 §4.1.2.</summary>
public abstract record SmtpPath
{
    private SmtpPath() { } // closed: every case is below

    /// <summary><c>&lt;&gt;</c>: the null reverse-path.</summary>
    public sealed record Null : SmtpPath;

    /// <summary><c>&lt;postmaster&gt;</c> in any case, without a domain: RFC 5321 §4.5.1.</summary>
    public sealed record Postmaster : SmtpPath;

    /// <summary><c>&lt;a@b&gt;</c>; a source route in front is read and dropped, as RFC 5321 §4.1.1.3 allows.</summary>
    public sealed record To(Mailbox Mailbox) : SmtpPath;

    /// <summary>None of these.</summary>
    /// <param name="Error">The first rule it breaks.</param>
    public sealed record Invalid(MailboxError Error) : SmtpPath;

    private static readonly Null TheNull = new();
    private static readonly Postmaster ThePostmaster = new();

    /// <summary>Reads a path, angle brackets included, at the start of <paramref name="text"/>.</summary>
    /// <param name="text">UTF-8; what follows the path is left to the caller.</param>
    /// <param name="rules"><see cref="MailboxRules.Utf8"/> when the transaction said SMTPUTF8.</param>
    /// <param name="length">Bytes of the path; 0 when it has no end.</param>
    public static SmtpPath Parse(ReadOnlySpan<byte> text, MailboxRules rules, out int length)
    {
        length = 0;
        if (text.IsEmpty) return new Invalid(MailboxError.Empty);
        var end = FindEnd(text);
        if (end < 0) return new Invalid(MailboxError.NoBrackets);
        length = end + 1;
        var inside = text[1..end];
        if (inside.IsEmpty) return TheNull;
        if (inside[0] == '@')
        {
            if (!TryRoute(inside, rules, out var routeLength)) return new Invalid(MailboxError.SourceRoute);
            inside = inside[routeLength..];
        }
        if (Ascii.EqualsIgnoreCase(inside, "postmaster"u8)) return ThePostmaster;
        return Mailbox.TryParse(inside, rules, out var mailbox, out var error) ? new To(mailbox) : new Invalid(error);
    }

    // The > that ends the path is the first one outside quotes.
    private static int FindEnd(ReadOnlySpan<byte> text)
    {
        if (text[0] != '<') return -1;
        var isQuoted = false;
        for (var i = 1; i < text.Length; i++)
        {
            switch (text[i])
            {
                case (byte)'>' when !isQuoted:
                    return i;
                case (byte)'"':
                    isQuoted = !isQuoted;
                    break;
                case (byte)'\\' when isQuoted:
                    i++;
                    break;
            }
        }
        return -1;
    }

    // A-d-l of RFC 5321 §4.1.2: "@a.example,@b.example:"
    private static bool TryRoute(ReadOnlySpan<byte> text, MailboxRules rules, out int length)
    {
        length = text.IndexOf((byte)':') + 1;
        if (length == 0) return false;
        var route = text[..(length - 1)];
        foreach (var range in route.Split((byte)','))
        {
            var hop = route[range];
            if (hop.IsEmpty || hop[0] != '@' || !IsDomain(hop[1..], rules)) return false;
        }
        return true;
    }

    private static bool IsDomain(ReadOnlySpan<byte> text, MailboxRules rules)
    {
        if (text.Length > Mailbox.MaxInput) return false;
        if (rules == MailboxRules.Ascii && !Ascii.IsValid(text)) return false;
        Span<char> characters = stackalloc char[Mailbox.MaxInput];
        var status = Utf8.ToUtf16(text, characters, out _, out var length, replaceInvalidSequences: false);
        return status == OperationStatus.Done && DomainName.TryNormalize(characters[..length], out _);
    }
}
