using System.Net;
using System.Net.Sockets;
using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>The trace field that a server puts in front of every message it takes: RFC 5321 §4.4.</summary>
public sealed record ReceivedField
{
    /// <summary>Our host name.</summary>
    public required string By { get; init; }

    /// <summary>The message's id here.</summary>
    public required MessageId Id { get; init; }

    /// <summary>When the message was taken.</summary>
    public required DateTimeOffset At { get; init; }

    /// <summary>How it came: <see cref="Protocol"/>, or <c>HTTP</c>.</summary>
    public required string With { get; init; }

    /// <summary>The argument of EHLO or HELO; shown only when it is a domain or an address literal.</summary>
    public string HelloName { get; init; } = "";

    /// <summary>
    /// The client's address; null leaves the from clause out (mail by API, or the sender's network is hidden).
    /// </summary>
    public IPAddress? ClientAddress { get; init; }

    /// <summary>The TLS protocol, such as <c>TLSv1.3</c>; null in clear.</summary>
    public string? TlsProtocol { get; init; }

    /// <summary>The TLS cipher suite; null in clear.</summary>
    public string? TlsCipher { get; init; }

    /// <summary>
    /// The only recipient; null when there are several, so that none learns of the others (RFC 5321 §7.6).
    /// </summary>
    public Mailbox? For { get; init; }

    /// <summary>What tells this installation when mail loops (reliability F-R1); empty is not written.</summary>
    public string Installation { get; init; } = "";

    /// <summary>The words of RFC 3848 and RFC 6531 §4.3 for a session.</summary>
    /// <param name="isExtended">EHLO was said.</param>
    /// <param name="isTls">TLS is on.</param>
    /// <param name="isSignedIn">The client has signed in.</param>
    /// <param name="isUtf8">SMTPUTF8 was said.</param>
    public static string Protocol(bool isExtended, bool isTls, bool isSignedIn, bool isUtf8)
    {
        if (!isExtended) return "SMTP";
        var (plain, utf8) = (isTls, isSignedIn) switch
        {
            (false, false) => ("ESMTP", "UTF8SMTP"),
            (false, true) => ("ESMTPA", "UTF8SMTPA"),
            (true, false) => ("ESMTPS", "UTF8SMTPS"),
            (true, true) => ("ESMTPSA", "UTF8SMTPSA"),
        };
        return isUtf8 ? utf8 : plain;
    }

    /// <summary>The whole field with its CRLF, one clause a line.</summary>
    public string Format()
    {
        var text = new StringBuilder("Received: ", 320);
        if (ClientAddress is not null) text.Append("from ").Append(FromDomain()).Append("\r\n ");
        text.Append("by ").Append(By);
        if (Installation.Length > 0) text.Append(" (Ekiden ").Append(Installation).Append(')');
        text.Append("\r\n with ").Append(With);
        if (TlsProtocol is not null)
        {
            text.Append(" (").Append(TlsProtocol);
            if (TlsCipher is not null) text.Append(' ').Append(TlsCipher);
            text.Append(')');
        }
        text.Append("\r\n id ").Append(Id);
        if (For is not null) text.Append("\r\n for <").Append(For.ToQuotedString()).Append('>');
        return text.Append(";\r\n ").Append(MailDate.Format(At)).Append("\r\n").ToString();
    }

    // Extended-Domain: what the client said, and what we saw. RFC 5321 §4.4.
    private string FromDomain()
    {
        var address = ClientAddress!; // asked for only with one
        if (address.IsIPv4MappedToIPv6) address = address.MapToIPv4();
        var seen = address.AddressFamily == AddressFamily.InterNetworkV6 ? $"[IPv6:{address}]" : $"[{address}]";
        if (DomainName.TryNormalize(HelloName, out var said) || AddressLiteral.TryNormalize(HelloName, out said))
            return $"{said} ({seen})";
        return $"unknown ({seen})";
    }
}
