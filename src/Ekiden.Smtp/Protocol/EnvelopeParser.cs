using System.Buffers.Text;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Smtp.Protocol;

/// <summary>
/// Reads the arguments of MAIL and RCPT: a path and ESMTP parameters. RFC 5321 §4.1.1.2, §4.1.1.3, §4.1.2.
/// </summary>
internal static class EnvelopeParser
{
    private const int LongestEnvelopeId = 100; // RFC 3461 §4.4
    private const int LongestOriginalRecipient = 500; // RFC 3461 §4.2

    public static SmtpCommand ParseMail(ReadOnlySpan<byte> argument)
    {
        if (TrySplit(argument, "FROM:"u8, out var isAscii, out var rest) is not { } path)
            return new SmtpCommand.Invalid(Replies.BadSender);
        var mail = new SmtpCommand.Mail(path, isAscii, !rest.IsEmpty);
        var seen = Parameter.None;
        while (NextParameter(ref rest, out var keyword, out var value, out var hasValue))
        {
            var kind = MailParameter(keyword);
            if (kind is Parameter.None) return new SmtpCommand.Invalid(Replies.UnknownParameter);
            if ((seen & kind) != 0) return new SmtpCommand.Invalid(Replies.BadParameter);
            seen |= kind;
            if (With(mail, kind, value, hasValue) is not { } next) return new SmtpCommand.Invalid(Replies.BadParameter);
            mail = next;
        }
        return mail;
    }

    public static SmtpCommand ParseRcpt(ReadOnlySpan<byte> argument)
    {
        if (TrySplit(argument, "TO:"u8, out var isAscii, out var rest) is not { } path)
            return new SmtpCommand.Invalid(Replies.BadRecipient);
        var hasParameters = !rest.IsEmpty;
        DsnNotify? notify = null;
        string? original = null;
        while (NextParameter(ref rest, out var keyword, out var value, out var hasValue))
        {
            if (CommandParser.Is(keyword, "NOTIFY"u8))
            {
                if (notify is not null || !hasValue) return new SmtpCommand.Invalid(Replies.BadParameter);
                notify = ParseNotify(value);
                if (notify is null) return new SmtpCommand.Invalid(Replies.BadParameter);
            }
            else if (CommandParser.Is(keyword, "ORCPT"u8))
            {
                if (original is not null || !hasValue) return new SmtpCommand.Invalid(Replies.BadParameter);
                original = ParseOriginalRecipient(value);
                if (original is null) return new SmtpCommand.Invalid(Replies.BadParameter);
            }
            else
            {
                return new SmtpCommand.Invalid(Replies.UnknownParameter);
            }
        }
        return new SmtpCommand.Rcpt(path, isAscii, hasParameters)
        {
            Notify = notify ?? DsnNotify.Unspecified,
            OriginalRecipient = original,
        };
    }

    // A blank behind the colon is not in the grammar, but common. A path without brackets is refused. The path may be
    // UTF-8 here: whether SMTPUTF8 was said is known only at the end of the line.
    private static SmtpPath? TrySplit(
        ReadOnlySpan<byte> argument, ReadOnlySpan<byte> word, out bool isAscii, out ReadOnlySpan<byte> rest)
    {
        isAscii = false;
        rest = default;
        if (argument.Length < word.Length || !CommandParser.Is(argument[..word.Length], word)) return null;
        argument = argument[word.Length..].TrimStart((byte)' ');
        var path = SmtpPath.Parse(argument, MailboxRules.Utf8, out var length);
        if (length == 0) return null;
        isAscii = Ascii.IsValid(argument[..length]);
        rest = argument[length..];
        // Something glued to the bracket is neither path nor parameter.
        return rest.IsEmpty || rest[0] == ' ' ? path : null;
    }

    private static bool NextParameter(
        ref ReadOnlySpan<byte> rest, out ReadOnlySpan<byte> keyword, out ReadOnlySpan<byte> value, out bool hasValue)
    {
        rest = rest.Trim((byte)' ');
        keyword = value = default;
        hasValue = false;
        if (rest.IsEmpty) return false;
        var space = rest.IndexOf((byte)' ');
        var parameter = space < 0 ? rest : rest[..space];
        rest = space < 0 ? [] : rest[space..];
        var equals = parameter.IndexOf((byte)'=');
        hasValue = equals >= 0;
        keyword = hasValue ? parameter[..equals] : parameter;
        value = hasValue ? parameter[(equals + 1)..] : default;
        return true;
    }

    [Flags]
    private enum Parameter
    {
        None = 0,
        Size = 1,
        Body = 2,
        SmtpUtf8 = 4,
        Return = 8,
        EnvelopeId = 16,
        Auth = 32,
        RequireTls = 64,
    }

    private static Parameter MailParameter(ReadOnlySpan<byte> keyword) =>
        CommandParser.Is(keyword, "SIZE"u8) ? Parameter.Size
        : CommandParser.Is(keyword, "BODY"u8) ? Parameter.Body
        : CommandParser.Is(keyword, "SMTPUTF8"u8) ? Parameter.SmtpUtf8
        : CommandParser.Is(keyword, "RET"u8) ? Parameter.Return
        : CommandParser.Is(keyword, "ENVID"u8) ? Parameter.EnvelopeId
        : CommandParser.Is(keyword, "AUTH"u8) ? Parameter.Auth
        : CommandParser.Is(keyword, "REQUIRETLS"u8) ? Parameter.RequireTls
        : Parameter.None;

    // Null: the value does not fit the parameter.
    private static SmtpCommand.Mail? With(
        SmtpCommand.Mail mail, Parameter kind, ReadOnlySpan<byte> value, bool hasValue) => kind switch
        {
            Parameter.SmtpUtf8 => hasValue ? null : mail with { SmtpUtf8 = true }, // RFC 6531 §3.4: no value
            Parameter.RequireTls => hasValue ? null : mail with { RequireTls = true }, // RFC 8689 §2: no value
            _ when !hasValue => null,
            Parameter.Size => TryParseSize(value, out var size) ? mail with { Size = size } : null,
            Parameter.Body when CommandParser.Is(value, "8BITMIME"u8) => mail with { EightBit = true },
            Parameter.Body => CommandParser.Is(value, "7BIT"u8) ? mail : null,
            Parameter.Return when CommandParser.Is(value, "FULL"u8) => mail with { Return = DsnReturn.Full },
            Parameter.Return => CommandParser.Is(value, "HDRS"u8) ? mail with { Return = DsnReturn.Headers } : null,
            Parameter.EnvelopeId => ParseEnvelopeId(value) is { } id ? mail with { EnvelopeId = id } : null,
            // RFC 4954 §5: an identity that nobody here trusts; only its form is checked.
            _ => !value.IsEmpty && Xtext.Decode(value) is not null ? mail : null,
        };

    // RFC 1870 §4: up to 20 digits; what does not fit 63 bits is nonsense.
    private static bool TryParseSize(ReadOnlySpan<byte> value, out long size)
    {
        size = 0;
        return value.Length is >= 1 and <= 20 && !value.ContainsAnyExceptInRange((byte)'0', (byte)'9')
            && Utf8Parser.TryParse(value, out size, out var used) && used == value.Length;
    }

    private static string? ParseEnvelopeId(ReadOnlySpan<byte> value) =>
        value.Length is >= 1 and <= LongestEnvelopeId ? Xtext.Decode(value) : null;

    // RFC 3461 §4.1: NEVER alone, or a list without repeats.
    private static DsnNotify? ParseNotify(ReadOnlySpan<byte> value)
    {
        var notify = DsnNotify.Unspecified;
        foreach (var range in value.Split((byte)','))
        {
            var word = value[range];
            var part = CommandParser.Is(word, "NEVER"u8) ? DsnNotify.Never
                : CommandParser.Is(word, "SUCCESS"u8) ? DsnNotify.Success
                : CommandParser.Is(word, "FAILURE"u8) ? DsnNotify.Failure
                : CommandParser.Is(word, "DELAY"u8) ? DsnNotify.Delay
                : DsnNotify.Unspecified;
            if (part == DsnNotify.Unspecified || (notify & part) != 0) return null;
            notify |= part;
        }
        return (notify & DsnNotify.Never) != 0 && notify != DsnNotify.Never ? null : notify;
    }

    // RFC 3461 §4.2: addr-type ";" xtext. RFC 6533 §3 lets utf-8 addresses stand unencoded.
    private static string? ParseOriginalRecipient(ReadOnlySpan<byte> value)
    {
        var semicolon = value.IndexOf((byte)';');
        if (semicolon <= 0 || value.Length > LongestOriginalRecipient) return null;
        foreach (var letter in value[..semicolon])
            if (!char.IsAsciiLetterOrDigit((char)letter) && letter != '-') return null;
        var address = Xtext.Decode(value[(semicolon + 1)..]);
        return string.IsNullOrEmpty(address) ? null : $"{Encoding.ASCII.GetString(value[..semicolon])};{address}";
    }
}
