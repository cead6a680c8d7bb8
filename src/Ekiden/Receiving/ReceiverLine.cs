using System.Buffers;
using System.Net.Sockets;
using System.Text;
using Ekiden.Mail;

namespace Ekiden.Receiving;

/// <summary>
/// Lines and replies of one connection. Replies leave together when nothing more is there to be read.
/// </summary>
internal sealed class ReceiverLine(Socket socket, TimeProvider clock)
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private readonly byte[] _input = new byte[16 * 1024];
    private readonly ArrayBufferWriter<byte> _output = new(512);
    private int _begin;
    private int _end;

    /// <summary>Adds a reply.</summary>
    public void Write(SmtpReply reply)
    {
        var lines = reply.Text.Split('\n');
        for (var i = 0; i < lines.Length; i++)
        {
            var status = reply.Status is { } known ? $"{known} " : "";
            var separator = i == lines.Length - 1 ? ' ' : '-';
            Encoding.UTF8.GetBytes($"{reply.Code}{separator}{status}{lines[i]}\r\n", _output);
        }
    }

    /// <summary>Sends what was written.</summary>
    public async ValueTask FlushAsync(CancellationToken cancel)
    {
        var rest = _output.WrittenMemory;
        while (rest.Length > 0) rest = rest[await socket.SendAsync(rest, cancel)..];
        _output.ResetWrittenCount();
    }

    /// <summary>The next line, without its end; null when the peer is gone or the line has no end.</summary>
    public async ValueTask<string?> ReadAsync(CancellationToken cancel)
    {
        while (true)
        {
            var length = _input.AsSpan(_begin, _end - _begin).IndexOf((byte)'\n');
            if (length >= 0)
            {
                var line = Encoding.UTF8.GetString(_input, _begin, length).TrimEnd('\r');
                _begin += length + 1;
                return line;
            }
            if (!await FillAsync(cancel)) return null;
        }
    }

    /// <summary>Reads to the end of the content; false when the peer is gone before.</summary>
    public async ValueTask<bool> SkipContentAsync(CancellationToken cancel)
    {
        // The CRLF that ended DATA may begin the end of an empty content: RFC 5321 §4.1.1.4.
        var matched = 2;
        while (true)
        {
            while (_begin < _end)
            {
                // Between two ends of lines nothing matters.
                if (matched == 0)
                {
                    var next = _input.AsSpan(_begin, _end - _begin).IndexOf((byte)'\r');
                    _begin = next < 0 ? _end : _begin + next;
                    if (next < 0) break;
                }
                var octet = _input[_begin++];
                matched = octet == "\r\n.\r\n"[matched] ? matched + 1 : octet == '\r' ? 1 : 0;
                if (matched == 5) return true;
            }
            if (!await FillAsync(cancel)) return false;
        }
    }

    private async ValueTask<bool> FillAsync(CancellationToken cancel)
    {
        await FlushAsync(cancel);
        if (_begin > 0)
        {
            _input.AsSpan(_begin, _end - _begin).CopyTo(_input);
            (_begin, _end) = (0, _end - _begin);
        }
        if (_end == _input.Length) return false;
        using var patience = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        await using var alarm = clock.CreateTimer(
            static source => ((CancellationTokenSource)source!).Cancel(), patience, Patience, Timeout.InfiniteTimeSpan);
        var read = await socket.ReceiveAsync(_input.AsMemory(_end), patience.Token);
        _end += read;
        return read > 0;
    }
}
