using System.Globalization;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Smtp.Server;

/// <summary>The answer to EHLO: what is true now, and nothing else. RFC 5321 §4.1.1.1.</summary>
internal static class ServiceOffer
{
    /// <summary>Writes the list for a session as it is: after STARTTLS it is another one.</summary>
    public static SmtpReply Create(SessionContext context, SessionInfo session, TlsState? tls)
    {
        var limits = context.Limits;
        var text = new StringBuilder(256);
        text.Append(context.HostName);
        text.Append("\nPIPELINING"); // RFC 2920
        text.Append(CultureInfo.InvariantCulture, $"\nSIZE {limits.MaxMessage}"); // RFC 1870
        text.Append("\n8BITMIME"); // RFC 6152
        text.Append("\nSMTPUTF8"); // RFC 6531
        text.Append("\nENHANCEDSTATUSCODES"); // RFC 2034
        text.Append("\nDSN"); // RFC 3461
        if (context.Listener.Tls == ListenerTls.StartTls && context.Listener.Certificate is not null && tls is null)
            text.Append("\nSTARTTLS"); // RFC 3207
        if (tls is not null) text.Append("\nREQUIRETLS"); // RFC 8689 §2: only over TLS
        // RFC 4954, and never without TLS: reliability C-R3.
        if (session.Role == ListenerRole.Submission && (tls is not null || context.Listener.AllowPlaintextAuth))
            text.Append("\nAUTH ").Append(SignInExchange.Offer(tls?.EndPointBinding ?? default));
        // RFC 9422. Listed relay clients may send as many messages as they like on one connection.
        text.Append(CultureInfo.InvariantCulture, $"\nLIMITS RCPTMAX={limits.MaxRecipients}");
        if (!context.IsListedClient) text.Append(CultureInfo.InvariantCulture, $" MAILMAX={limits.MaxTransactions}");
        return new SmtpReply(250, null, text.ToString());
    }
}
