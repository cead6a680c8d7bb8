using Ekiden.MailAuth.Dkim;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>
/// Takes the bytes of one message while they arrive: stores them, and hashes the body in DKIM's relaxed form on the
/// way, so that signing later needs no second pass.
/// </summary>
public sealed class ReceivedContent(MessageContent content) : IDisposable
{
    private static ReadOnlySpan<byte> HeaderEnd => "\r\n\r\n"u8;

    private readonly RelaxedBodyHash _bodyHash = new();
    private int _matched = 2; // of HeaderEnd; a message that begins with CRLF has no header at all
    private bool _inBody;

    /// <summary>The content so far.</summary>
    public MessageContent Content { get; } = content;

    /// <summary>The next bytes: CRLF line ends only, not dot-stuffed.</summary>
    public ValueTask WriteAsync(ReadOnlyMemory<byte> bytes, CancellationToken cancel)
    {
        var rest = bytes.Span;
        if (!_inBody) rest = rest[EndOfHeader(rest)..];
        if (_inBody) _bodyHash.Append(rest);
        return Content.WriteAsync(bytes, cancel);
    }

    /// <summary>SHA-256 of the relaxed body: RFC 6376 §3.4.4. Once, after the last byte.</summary>
    public byte[] FinishBodyHash()
    {
        var hash = _bodyHash.Finish();
        _bodyHash.Dispose();
        return hash;
    }

    /// <summary>Gives the hash back, and the content unless the journal has taken it.</summary>
    public void Dispose()
    {
        _bodyHash.Dispose();
        Content.Dispose();
    }

    // How many of these bytes belong to the header, its empty line included.
    private int EndOfHeader(ReadOnlySpan<byte> bytes)
    {
        var at = 0;
        while (at < bytes.Length)
        {
            if (_matched == 0)
            {
                var next = bytes[at..].IndexOf((byte)'\r');
                if (next < 0) return bytes.Length;
                at += next;
            }
            var letter = bytes[at++];
            if (letter == HeaderEnd[_matched]) _matched++;
            else _matched = letter == '\r' ? 1 : 0;
            if (_matched < HeaderEnd.Length) continue;
            _inBody = true;
            return at;
        }
        return bytes.Length;
    }
}
