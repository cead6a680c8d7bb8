using System.Text;

namespace Ekiden.Cli.Sendmail;

/// <summary>What MAIL and RCPT will say.</summary>
/// <param name="Sender">Empty is the null sender.</param>
/// <param name="Recipients">At least one.</param>
internal sealed record SendmailEnvelope(string Sender, IReadOnlyList<string> Recipients)
{
    /// <summary>
    /// Puts an envelope together; an address without a domain gets the server's name.
    /// </summary>
    /// <returns>The envelope, or what is wrong.</returns>
    public static (SendmailEnvelope? Envelope, string? Mistake) Create(
        SendmailArguments arguments, IEnumerable<string> found, string caller, string hostName)
    {
        string[] recipients =
        [
            .. arguments.Recipients.SelectMany(AddressList.Read).Concat(found)
                .Select(address => Complete(address, hostName)).Distinct(StringComparer.Ordinal),
        ];
        var sender = arguments.Sender is null ? Complete(caller, hostName)
            : arguments.Sender.Length == 0 ? "" : Complete(arguments.Sender, hostName);
        if (recipients.Length == 0) return (null, "no recipient: name one, or use -t with To, Cc or Bcc");
        var wrong = recipients.Append(sender).FirstOrDefault(address => !IsSafe(address));
        return wrong is null ? (new SendmailEnvelope(sender, recipients), null) : (null, $"not an address: {wrong}");
    }

    /// <summary>An address is outside ASCII: SMTPUTF8 is needed (RFC 6531).</summary>
    public bool NeedsSmtpUtf8 => Recipients.Append(Sender).Any(address => !Ascii.IsValid(address));

    // Nothing may end the command or its path: the server judges the rest.
    private static bool IsSafe(string address) =>
        address.Length <= 1_000 && !address.Any(char.IsControl) && HasOnlyQuoted(address, "<> ");

    private static bool HasOnlyQuoted(string address, string forbidden)
    {
        var isQuoted = false;
        for (var i = 0; i < address.Length; i++)
        {
            if (isQuoted && address[i] == '\\') i++;
            else if (address[i] == '"') isQuoted = !isQuoted;
            else if (!isQuoted && forbidden.Contains(address[i], StringComparison.Ordinal)) return false;
        }
        return !isQuoted;
    }

    private static string Complete(string address, string hostName) =>
        address.Contains('@', StringComparison.Ordinal) ? address : $"{address}@{hostName}";
}
