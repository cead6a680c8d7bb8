using System.Net;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>Who hands mail in, and over what: known before the first message, the same for SMTP and HTTP.</summary>
/// <param name="Origin">By which door.</param>
/// <param name="Account">The account's id; for relay and inbound listeners the listener's account.</param>
public sealed record MailClient(MessageOrigin Origin, string Account)
{
    /// <summary>The id of the key that signed in; null where nobody signs in.</summary>
    public string? Key { get; init; }

    /// <summary>The client's address; null for mail that Ekiden makes itself.</summary>
    public IPAddress? Address { get; init; }

    /// <summary>What the client said in EHLO or HELO; empty for HTTP.</summary>
    public string HelloName { get; init; } = "";

    /// <summary>The name of the session or request in logs.</summary>
    public string Session { get; init; } = "";

    /// <summary>
    /// The protocol as <c>Received:</c> names it, such as <c>ESMTPSA</c> or <c>HTTP</c>: RFC 3848, RFC 5321 §4.4.
    /// </summary>
    public string Protocol { get; init; } = "ESMTP";

    /// <summary>The TLS protocol, such as <c>TLSv1.3</c>; null in clear.</summary>
    public string? TlsProtocol { get; init; }

    /// <summary>The TLS cipher suite; null in clear.</summary>
    public string? TlsCipher { get; init; }

    /// <summary>
    /// The mail comes from one of our own users: complete headers, check who it is from (RFC 6409 §8).
    /// </summary>
    public bool IsOwnUser => Origin is MessageOrigin.Submission or MessageOrigin.Api;
}
