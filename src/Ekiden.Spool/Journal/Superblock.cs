using System.Buffers.Binary;
using System.Security.Cryptography;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Journal;

/// <summary>The file that makes a directory a spool: which format, and which spool it is (reliability M-R8).</summary>
/// <param name="Instance">Random, chosen when the spool was made; in its snapshots too, so that none is taken for
/// another's.</param>
internal sealed record Superblock(UInt128 Instance)
{
    private const string Name = "spool";
    private const int Size = 40;
    private const uint Version = 1;

    private static ReadOnlySpan<byte> Magic => "EKIDENSP"u8;

    /// <summary>Reads the superblock of a directory, or makes one for a new spool.</summary>
    /// <exception cref="SpoolVersionException">Written by a later version.</exception>
    /// <exception cref="InvalidDataException">The file is there, but is not a superblock.</exception>
    public static Superblock Open(string directory, IDisk disk)
    {
        var exists = disk.List(directory).Any(entry => entry.Name == Name);
        return exists ? Read(directory, disk) : Make(directory, disk);
    }

    private static Superblock Read(string directory, IDisk disk)
    {
        using var file = disk.Open(Path.Join(directory, Name), DiskFileMode.Read);
        Span<byte> bytes = stackalloc byte[Size];
        if (file.Read(0, bytes) < Size || !bytes.StartsWith(Magic)
            || BinaryPrimitives.ReadUInt32LittleEndian(bytes[36..]) != Crc32C.Of(bytes[..36]))
        {
            throw new InvalidDataException($"{file.Path} is damaged: restore it, or move the spool away.");
        }
        var version = BinaryPrimitives.ReadUInt32LittleEndian(bytes[8..]);
        if (version != Version) throw new SpoolVersionException($"spool version {version}");
        return new Superblock(BinaryPrimitives.ReadUInt128LittleEndian(bytes[16..]));
    }

    private static Superblock Make(string directory, IDisk disk)
    {
        var bytes = new byte[Size];
        Magic.CopyTo(bytes);
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(8), Version);
        RandomNumberGenerator.Fill(bytes.AsSpan(16, 16));
        BinaryPrimitives.WriteUInt32LittleEndian(bytes.AsSpan(36), Crc32C.Of(bytes.AsSpan(0, 36)));
        AtomicFile.Write(directory, Name, disk, file => file.Write(0, [bytes]));
        return new Superblock(BinaryPrimitives.ReadUInt128LittleEndian(bytes.AsSpan(16)));
    }
}
