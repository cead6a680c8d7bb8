using System.Text;
using System.Text.Unicode;

namespace Ekiden.Smtp.Protocol;

/// <summary>Turns one command line, without its CRLF, into an <see cref="SmtpCommand"/>.</summary>
/// <remarks>Never throws: a client's mistake is data. Commands: RFC 5321 §4.1.1; arguments: §4.1.2.</remarks>
internal static class CommandParser
{
    /// <summary>
    /// The longest command line with its CRLF; RFC 5321 §4.5.3.1.4 asks for 512 and more with extensions.
    /// </summary>
    public const int LongestLine = 2048;

    /// <summary>The longest AUTH line and the longest response: RFC 4954 §4.</summary>
    public const int LongestAuthLine = 12288;

    private const int LongestHelloName = 255;

    public static SmtpCommand Parse(ReadOnlySpan<byte> line)
    {
        if (!Ascii.IsValid(line) && !Utf8.IsValid(line)) return new SmtpCommand.Invalid(Replies.NotUtf8);
        var space = line.IndexOf((byte)' ');
        var verb = space < 0 ? line : line[..space];
        var argument = space < 0 ? [] : line[(space + 1)..].Trim((byte)' ');
        if (line.Length + 2 > LongestLine && !Is(verb, "AUTH"u8)) return new SmtpCommand.Invalid(Replies.LineTooLong);

        if (Is(verb, "MAIL"u8)) return EnvelopeParser.ParseMail(argument);
        if (Is(verb, "RCPT"u8)) return EnvelopeParser.ParseRcpt(argument);
        if (Is(verb, "DATA"u8)) return Alone(argument, SmtpCommand.Data.Instance);
        if (Is(verb, "EHLO"u8)) return ParseHello(argument, isExtended: true);
        if (Is(verb, "HELO"u8)) return ParseHello(argument, isExtended: false);
        if (Is(verb, "RSET"u8)) return Alone(argument, SmtpCommand.Rset.Instance);
        if (Is(verb, "QUIT"u8)) return Alone(argument, SmtpCommand.Quit.Instance);
        if (Is(verb, "NOOP"u8)) return SmtpCommand.Noop.Instance;
        if (Is(verb, "HELP"u8)) return SmtpCommand.Help.Instance;
        if (Is(verb, "AUTH"u8)) return ParseAuth(argument);
        if (Is(verb, "STARTTLS"u8)) return Alone(argument, SmtpCommand.StartTls.Instance);
        if (Is(verb, "VRFY"u8))
            return argument.IsEmpty ? new SmtpCommand.Invalid(Replies.ArgumentMissing) : SmtpCommand.Vrfy.Instance;
        return ParseUnwanted(verb);
    }

    // Verbs and keywords ignore case: RFC 5321 §2.4.
    internal static bool Is(ReadOnlySpan<byte> text, ReadOnlySpan<byte> word) => Ascii.EqualsIgnoreCase(text, word);

    private static SmtpCommand Alone(ReadOnlySpan<byte> argument, SmtpCommand command) =>
        argument.IsEmpty ? command : new SmtpCommand.Invalid(Replies.NoArgument);

    // RFC 5321 §4.1.1.1 wants a domain or literal; many clients send less ("localhost", names with underscores), so
    // anything printable is taken. What is not could forge a Received: field.
    private static SmtpCommand ParseHello(ReadOnlySpan<byte> argument, bool isExtended)
    {
        var isName = !argument.IsEmpty && argument.Length <= LongestHelloName
            && !argument.ContainsAnyExceptInRange((byte)'!', (byte)'~');
        return isName
            ? new SmtpCommand.Hello(Encoding.ASCII.GetString(argument), isExtended)
            : new SmtpCommand.Invalid(Replies.BadHelloName);
    }

    // RFC 4954 §4: AUTH mechanism [initial-response].
    private static SmtpCommand ParseAuth(ReadOnlySpan<byte> argument)
    {
        if (argument.IsEmpty) return new SmtpCommand.Invalid(Replies.ArgumentMissing);
        var space = argument.IndexOf((byte)' ');
        var mechanism = space < 0 ? argument : argument[..space];
        var response = space < 0 ? [] : argument[(space + 1)..];
        if (mechanism.Length > 20 || mechanism.ContainsAnyExceptInRange((byte)'!', (byte)'~'))
            return new SmtpCommand.Invalid(Replies.UnknownMechanism);
        return new SmtpCommand.Auth(
            Encoding.ASCII.GetString(mechanism).ToUpperInvariant(),
            space < 0 ? null : Encoding.UTF8.GetString(response));
    }

    // Known and not offered (reliability B-R4), or another protocol altogether (B-R5).
    private static SmtpCommand.Invalid ParseUnwanted(ReadOnlySpan<byte> verb)
    {
        // The octets of a chunk follow BDAT at once: RFC 3030 §2.
        if (Is(verb, "BDAT"u8)) return new SmtpCommand.Invalid(Replies.NotOffered, EndsSession: true);
        if (Is(verb, "BURL"u8) || Is(verb, "EXPN"u8) || Is(verb, "ETRN"u8) || Is(verb, "TURN"u8) || Is(verb, "ATRN"u8)
            || Is(verb, "XCLIENT"u8) || Is(verb, "XFORWARD"u8) || Is(verb, "SEND"u8) || Is(verb, "SAML"u8)
            || Is(verb, "SOML"u8))
        {
            return new SmtpCommand.Invalid(Replies.NotOffered);
        }
        if (Is(verb, "GET"u8) || Is(verb, "POST"u8) || Is(verb, "PUT"u8) || Is(verb, "HEAD"u8) || Is(verb, "DELETE"u8)
            || Is(verb, "OPTIONS"u8) || Is(verb, "PATCH"u8) || Is(verb, "TRACE"u8) || Is(verb, "CONNECT"u8)
            || Is(verb, "PRI"u8))
        {
            return new SmtpCommand.Invalid(Replies.NotSmtp, EndsSession: true);
        }
        return new SmtpCommand.Invalid(Replies.UnknownCommand);
    }
}
