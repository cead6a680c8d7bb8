using System.Globalization;
using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Segments;

/// <summary>
/// Keeps a copy of damaged bytes, for whoever wants to look at them, before their segment is given up.
/// </summary>
internal sealed class Quarantine(IDisk disk, string directory)
{
    private const int Step = 1 << 20;

    /// <summary>Copies a range of a file, once: a copy of the same range from an earlier start is kept.</summary>
    /// <returns>The path of the copy.</returns>
    /// <exception cref="DiskException">It cannot be copied.</exception>
    public string Keep(IDiskFile file, DamagedRange range)
    {
        disk.CreateDirectory(directory);
        var name = string.Create(
            CultureInfo.InvariantCulture, $"{range.Segment:x16}-{range.Offset}-{range.Length}.bytes");
        var path = System.IO.Path.Combine(directory, name);
        var partial = path + ".partial";
        foreach (var entry in disk.List(directory))
        {
            if (entry.Name == name) return path;
            if (entry.Name == name + ".partial") disk.Delete(partial);
        }

        using (var copy = disk.Open(partial, DiskFileMode.CreateNew))
        {
            var buffer = new byte[Math.Min(Step, Math.Max(range.Length, 1))];
            for (var done = 0; done < range.Length;)
            {
                var read = file.Read(range.Offset + done,
                    buffer.AsSpan(0, Math.Min(buffer.Length, range.Length - done)));
                if (read == 0) break;
                copy.Write(done, [buffer.AsMemory(0, read)]);
                done += read;
            }

            copy.Sync();
        }

        disk.Rename(partial, path);
        disk.SyncDirectory(directory);
        return path;
    }
}
