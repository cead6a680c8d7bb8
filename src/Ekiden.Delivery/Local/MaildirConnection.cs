using System.Buffers;
using System.Net;
using System.Text;
using Ekiden.Delivery.Connections;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Local;

/// <summary>
/// Takes mail for Maildirs as a receiving server would, so that mail that stays goes the way of all other: lanes,
/// attempts, results.
/// </summary>
internal sealed class MaildirConnection(
    MaildirPath path, MaildirWriter writer, BlockingThreads threads, string helloName) : ISmtpConnection
{
    private static readonly SmtpReply Stored = SmtpReply.Of(250, "2.0.0", "stored in the Maildir");
    private static readonly SmtpReply NoName = SmtpReply.Of(550, "5.1.1", "the address cannot be that of a Maildir");
    private static readonly SmtpReply IsFull = SmtpReply.Of(452, "4.3.1", "no room on the disk of the Maildir");
    private static readonly SmtpReply IsOverQuota = SmtpReply.Of(452, "4.2.2", "the quota of the Maildir is used up");

    /// <inheritdoc/>
    public SmtpTarget Target { get; } =
        new("maildir", new IPEndPoint(IPAddress.Loopback, 0), null, helloName, TlsLevel.None);

    /// <inheritdoc/>
    public string SourceAddress => "";

    /// <inheritdoc/>
    public string TlsProtocol => "";

    /// <inheritdoc/>
    public bool TlsVerified => true; // nothing leaves the machine: REQUIRETLS is about what does

    /// <inheritdoc/>
    public CertificateObjection? TlsObjection => null;

    /// <inheritdoc/>
    public string TlsFallback => "";

    /// <inheritdoc/>
    public bool SupportsDsn => false;

    /// <inheritdoc/>
    public bool IsUsable => true;

    /// <inheritdoc/>
    public bool HasGoneAway() => false;

    /// <inheritdoc/>
    public async Task<IReadOnlyList<RecipientResponse>> SendAsync(
        OutgoingMessage message, CancellationToken lastDot, CancellationToken cancel)
    {
        var content = await ReadAsync(message, cancel);
        return await threads.RunAsync(() => WriteAll(message, content));
    }

    /// <inheritdoc/>
    public Task QuitAsync(CancellationToken cancel) => Task.CompletedTask;

    /// <inheritdoc/>
    public ValueTask DisposeAsync() => ValueTask.CompletedTask;

    // Maildirs have the line ends of the system: LF alone.
    private static async Task<byte[]> ReadAsync(OutgoingMessage message, CancellationToken cancel)
    {
        var lines = new ArrayBufferWriter<byte>((int)Math.Min(message.Size, int.MaxValue));
        var endsWithReturn = false;
        if (message.Content.TryGetBuffered(out var buffered))
        {
            foreach (var piece in buffered) Append(lines, piece.Span, ref endsWithReturn);
        }
        else
        {
            await foreach (var piece in message.Content.ReadAsync(cancel))
                Append(lines, piece.Span, ref endsWithReturn);
        }
        if (endsWithReturn) lines.Write("\r"u8);
        return lines.WrittenSpan.ToArray();
    }

    private static void Append(ArrayBufferWriter<byte> lines, ReadOnlySpan<byte> piece, ref bool endsWithReturn)
    {
        if (piece.IsEmpty) return;
        if (endsWithReturn && piece[0] != (byte)'\n') lines.Write("\r"u8);
        endsWithReturn = piece[^1] == (byte)'\r';
        if (endsWithReturn) piece = piece[..^1];
        while (!piece.IsEmpty)
        {
            var end = piece.IndexOf("\r\n"u8);
            if (end < 0)
            {
                lines.Write(piece);
                return;
            }
            lines.Write(piece[..end]);
            lines.Write("\n"u8);
            piece = piece[(end + 2)..];
        }
    }

    private RecipientResponse[] WriteAll(OutgoingMessage message, byte[] content)
    {
        var responses = new RecipientResponse[message.Recipients.Count];
        for (var i = 0; i < responses.Length; i++)
            responses[i] = WriteOne(message.Sender, message.Recipients[i].Address, content);
        return responses;
    }

    private RecipientResponse WriteOne(Mailbox? sender, Mailbox recipient, byte[] content)
    {
        if (path.Of(recipient) is not { } folders) return new RecipientResponse.Refused(SmtpPhase.Rcpt, NoName);
        try
        {
            // RFC 5321 §4.4: who delivers finally says where notices go.
            var head = Encoding.UTF8.GetBytes(
                $"Return-Path: <{sender?.ToString() ?? ""}>\nDelivered-To: {recipient}\n");
            writer.Write(path.Root, folders, [.. head, .. content]);
            return new RecipientResponse.Taken(Stored);
        }
        catch (MaildirException e)
        {
            return new RecipientResponse.Refused(SmtpPhase.Eom, e.Error switch
            {
                FolderCalls.NoSpace => IsFull,
                FolderCalls.OverQuota => IsOverQuota,
                FolderCalls.TooManyLinks or FolderCalls.NotADirectory => SmtpReply.Of(
                    451, "4.3.5", "a link, or a file, is where a folder of the Maildir must be"),
                _ => SmtpReply.Of(451, "4.3.0", e.Message),
            });
        }
    }
}
