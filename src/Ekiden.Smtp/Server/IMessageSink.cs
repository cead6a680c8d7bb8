using Ekiden.Mail;

namespace Ekiden.Smtp.Server;

/// <summary>
/// Takes the content of one message. Disposed without <see cref="CompleteAsync"/>: the content is discarded.
/// </summary>
public interface IMessageSink : IAsyncDisposable
{
    /// <summary>
    /// The next bytes: dot-stuffing removed, every line ends with CRLF, no line over the limit, no NUL.
    /// </summary>
    ValueTask WriteAsync(ReadOnlyMemory<byte> content, CancellationToken cancel);

    /// <summary>
    /// The end of data was seen. A 2xx reply means that the message is on stable storage; any other that it was not
    /// taken.
    /// </summary>
    ValueTask<SmtpReply> CompleteAsync(CancellationToken cancel);
}
