using System.Diagnostics.CodeAnalysis;
using System.IO.Compression;

namespace Ekiden.Delivery.Security.Reports;

/// <summary>
/// The text of a report as it was attached or posted: gzip (RFC 8460 §3.3, RFC 9990 §2.6), a ZIP archive with one file,
/// which many senders use instead, or plain.
/// </summary>
public static class ReportFile
{
    /// <summary>Bytes of text at most: a report of a large domain has a few MiB.</summary>
    public const int MaxText = 32 * 1024 * 1024;

    /// <summary>Unpacks a report, whatever its name or media type says it is.</summary>
    /// <param name="file">The decoded attachment, or the body of a request.</param>
    /// <param name="text">The text.</param>
    /// <param name="why">In a few words why there is none.</param>
    public static bool TryOpen(
        byte[] file, [NotNullWhen(true)] out byte[]? text, [NotNullWhen(false)] out string? why)
    {
        text = null;
        try
        {
            text = Unpack(file);
            why = text is null ? "the report is empty, or larger than 32 MiB" : null;
            return text is not null;
        }
        catch (InvalidDataException)
        {
            why = "the report cannot be unpacked"; // a peer's bytes
            return false;
        }
    }

    private static byte[]? Unpack(byte[] file)
    {
        using var packed = new MemoryStream(file, writable: false);
        switch (file)
        {
            case [0x1F, 0x8B, ..]:
                using (var gzip = new GZipStream(packed, CompressionMode.Decompress)) return Read(gzip);
            case [(byte)'P', (byte)'K', 3, 4, ..]:
                using (var archive = new ZipArchive(packed, ZipArchiveMode.Read))
                {
                    var entry = archive.Entries.FirstOrDefault(entry => entry.Name.Length > 0);
                    if (entry is null) return null;
                    using var content = entry.Open();
                    return Read(content);
                }
            default:
                return Read(packed);
        }
    }

    // Counts what comes out, not what the archive promises: a few KiB may unpack to many GiB.
    private static byte[]? Read(Stream stream)
    {
        using var text = new MemoryStream();
        var piece = new byte[64 * 1024];
        while (stream.Read(piece) is var length and > 0)
        {
            if (text.Length + length > MaxText) return null;
            text.Write(piece, 0, length);
        }
        return text.Length == 0 ? null : text.ToArray();
    }
}
