using System.Text;
using Ekiden.Mail.Headers;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>
/// The fields that we put in front of a message: trace, and what its sender left out. RFC 5321 §4.4, RFC 6409 §8.
/// </summary>
internal static class HeaderCompletion
{
    /// <summary>The bytes to put in front.</summary>
    public static byte[] Complete(
        IncomingMessage incoming, AcceptedMessage message, MessageHeader header, IntakeOptions options)
    {
        var fields = new StringBuilder(Received(incoming, message, options).Format());
        if (incoming.Client.Origin != MessageOrigin.Inbound)
        {
            if (!header.HasDate) fields.Append("Date: ").Append(MailDate.Format(message.AcceptedAt)).Append("\r\n");
            if (!header.HasMessageId) fields.Append(MessageIdField.Format(message.Id, options.HostName));
        }
        if (header.IsMissing) fields.Append("\r\n"); // the first line is body already
        return Encoding.UTF8.GetBytes(fields.ToString());
    }

    private static ReceivedField Received(IncomingMessage incoming, AcceptedMessage message, IntakeOptions options)
    {
        var client = incoming.Client;
        var isHidden = options.HidesClients && client.Origin != MessageOrigin.Inbound;
        return new ReceivedField
        {
            By = options.HostName,
            Id = message.Id,
            At = message.AcceptedAt,
            With = client.Protocol,
            HelloName = isHidden ? "" : client.HelloName,
            ClientAddress = isHidden ? null : client.Address,
            TlsProtocol = client.TlsProtocol,
            TlsCipher = client.TlsCipher,
            For = message.Envelope.Recipients is [var only] ? only.Address : null,
            Installation = options.InstallationId,
        };
    }
}
