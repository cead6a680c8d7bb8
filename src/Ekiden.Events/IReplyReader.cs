using Ekiden.Mail;

namespace Ekiden.Events;

/// <summary>
/// Knows the receiving providers and what their replies are about; delivery does, and the events ask.
/// </summary>
public interface IReplyReader
{
    /// <summary>
    /// Who receives for a domain, in one word such as <c>gmail</c>; <c>default</c> is everybody else.
    /// </summary>
    /// <param name="domain">In lower case and A-label form.</param>
    /// <param name="host">The host that was spoken to; empty when none was.</param>
    string ProviderOf(string domain, string host);

    /// <summary>What a reply is about, in the words of api.md §5.</summary>
    /// <param name="domain">The recipient's.</param>
    /// <param name="host">Who said it.</param>
    /// <param name="phase">Where in the conversation: connect, tls, ehlo, mail, rcpt, data, eom.</param>
    /// <param name="reply">What was said.</param>
    string ClassOf(string domain, string host, string phase, SmtpReply reply);
}
