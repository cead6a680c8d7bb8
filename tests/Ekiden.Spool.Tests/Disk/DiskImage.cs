namespace Ekiden.Spool.Tests.Disk;

/// <summary>What a disk holds after a crash: names and bytes. Not changed once made; bytes are shared.</summary>
internal sealed record DiskImage(IReadOnlyDictionary<string, byte[]> Files, IReadOnlyCollection<string> Directories)
{
    public static DiskImage Empty { get; } = new(new Dictionary<string, byte[]>(StringComparer.Ordinal), ["/"]);
}
