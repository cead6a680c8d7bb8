namespace Ekiden.Mail.Headers;

/// <summary>The Message-ID of a message that came without one: RFC 5322 §3.6.4.</summary>
public static class MessageIdField
{
    /// <summary><c>&lt;01JD…@relay.example&gt;</c>: our own id is unique already.</summary>
    /// <param name="id">The message.</param>
    /// <param name="domain">Whose name space it is, such as the server's host name.</param>
    public static string Value(MessageId id, string domain) => $"<{Crockford.Encode(id.Value)}@{domain}>";

    /// <summary>The whole field with its CRLF.</summary>
    public static string Format(MessageId id, string domain) =>
        HeaderWriter.Structured("Message-ID", Value(id, domain));
}
