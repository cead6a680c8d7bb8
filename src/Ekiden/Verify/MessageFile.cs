using System.CommandLine;
using Ekiden.Cli;

namespace Ekiden.Verify;

/// <summary>The message that a command is about.</summary>
internal static class MessageFile
{
    public static Argument<string> Argument() => new("FILE")
    {
        Description = "The message as it is on the wire; - is standard input. Lines that end with LF alone get CRLF",
    };

    /// <summary>The bytes, with CRLF line ends: a file without any CRLF is one of a system that uses LF.</summary>
    /// <exception cref="IOException">The file cannot be read.</exception>
    /// <exception cref="UnauthorizedAccessException">The file may not be read.</exception>
    public static async Task<byte[]> ReadAsync(CliHost host, string path, CancellationToken cancel)
    {
        await using var file = path == "-" ? host.OpenInput() : File.OpenRead(path);
        using var bytes = new MemoryStream();
        await file.CopyToAsync(bytes, cancel);
        var message = bytes.ToArray();
        return message.AsSpan().IndexOf("\r\n"u8) >= 0 ? message : ToWire(message);
    }

    private static byte[] ToWire(ReadOnlySpan<byte> text)
    {
        var message = new byte[text.Length + text.Count((byte)'\n')];
        var length = 0;
        foreach (var letter in text)
        {
            if (letter == '\n') message[length++] = (byte)'\r';
            message[length++] = letter;
        }
        return message;
    }
}
