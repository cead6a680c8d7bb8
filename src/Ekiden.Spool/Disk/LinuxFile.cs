using System.Buffers;
using Microsoft.Win32.SafeHandles;

namespace Ekiden.Spool.Disk;

/// <summary>A file of a <see cref="LinuxDisk"/>.</summary>
internal sealed class LinuxFile(string path, SafeFileHandle handle) : IDiskFile
{
    /// <inheritdoc/>
    public string Path { get; } = path;

    /// <inheritdoc/>
    public long Length
    {
        get
        {
            var length = LibC.Seek(handle, 0, LibC.SeekEnd);
            return length >= 0 ? length : throw Failed("lseek");
        }
    }

    /// <inheritdoc/>
    public void Write(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        KillPoint.Pass("disk.before_write");
        for (var from = 0; from < pieces.Length; from += LibC.MaxPieces)
            offset += WriteSome(offset, pieces[from..Math.Min(pieces.Length, from + LibC.MaxPieces)]);
        KillPoint.Pass("disk.after_write");
    }

    /// <inheritdoc/>
    public unsafe int Read(long offset, Span<byte> buffer)
    {
        var total = 0;
        fixed (byte* start = buffer)
        {
            while (total < buffer.Length)
            {
                var read = LibC.ReadAt(handle, start + total, (nuint)(buffer.Length - total), offset + total);
                if (read == 0) break;
                if (read > 0) total += (int)read;
                else if (LibC.LastError != Errno.Interrupted) throw Failed("pread");
            }
        }

        return total;
    }

    /// <inheritdoc/>
    public void SyncData()
    {
        while (LibC.SyncData(handle) != 0)
        {
            if (LibC.LastError != Errno.Interrupted) throw Failed("fdatasync");
        }
        KillPoint.Pass("disk.after_flush");
    }

    /// <inheritdoc/>
    public void Sync()
    {
        while (LibC.Sync(handle) != 0)
        {
            if (LibC.LastError != Errno.Interrupted) throw Failed("fsync");
        }
        KillPoint.Pass("disk.after_sync");
    }

    /// <inheritdoc/>
    public void SetLength(long length)
    {
        while (LibC.SetLength(handle, length) != 0)
        {
            if (LibC.LastError != Errno.Interrupted) throw Failed("ftruncate");
        }
    }

    /// <inheritdoc/>
    public void Dispose() => handle.Dispose();

    private unsafe long WriteSome(long offset, ReadOnlySpan<ReadOnlyMemory<byte>> pieces)
    {
        var vector = stackalloc LibC.Piece[pieces.Length];
        var pins = ArrayPool<MemoryHandle>.Shared.Rent(pieces.Length);
        var length = 0L;
        try
        {
            for (var i = 0; i < pieces.Length; i++)
            {
                pins[i] = pieces[i].Pin();
                vector[i] = new LibC.Piece { Start = (byte*)pins[i].Pointer, Length = (nuint)pieces[i].Length };
                length += pieces[i].Length;
            }

            WriteAll(vector, pieces.Length, offset);
            return length;
        }
        finally
        {
            foreach (ref var pin in pins.AsSpan(0, pieces.Length))
            {
                pin.Dispose();
                pin = default;
            }

            ArrayPool<MemoryHandle>.Shared.Return(pins);
        }
    }

    // A short write is not an error: it goes on where it stopped, and says the reason then.
    private unsafe void WriteAll(LibC.Piece* vector, int count, long offset)
    {
        while (count > 0)
        {
            var written = LibC.WriteAt(handle, vector, count, offset);
            if (written < 0)
            {
                if (LibC.LastError == Errno.Interrupted) continue;
                throw Failed("pwritev");
            }

            offset += written;
            while (count > 0 && (nuint)written >= vector->Length)
            {
                written -= (nint)vector->Length;
                vector++;
                count--;
            }

            if (count == 0) return;
            vector->Start += written;
            vector->Length -= (nuint)written;
        }
    }

    private DiskException Failed(string operation) => new(operation, Path, LibC.LastError);
}
