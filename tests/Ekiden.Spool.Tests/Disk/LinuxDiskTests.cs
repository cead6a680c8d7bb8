using Ekiden.Spool.Disk;

namespace Ekiden.Spool.Tests.Disk;

public sealed class LinuxDiskTests : IDisposable
{
    private readonly LinuxDisk _disk = new();
    private readonly DirectoryInfo _root = System.IO.Directory.CreateTempSubdirectory("ekiden-disk-");

    public void Dispose() => _root.Delete(recursive: true);

    private string PathOf(string name) => Path.Combine(_root.FullName, name);

    [Fact]
    public void Pieces_are_written_one_behind_the_other_even_when_they_are_more_than_one_call_takes()
    {
        var pieces = Enumerable.Range(0, (LibC.MaxPieces * 2) + 5)
            .Select(i => new ReadOnlyMemory<byte>([(byte)i, (byte)(i >> 8), 7])).ToArray();
        using var file = _disk.Open(PathOf("a"), DiskFileMode.CreateNew);
        file.Write(10, pieces);
        Assert.Equal(10 + (pieces.Length * 3), file.Length);
        var read = new byte[(pieces.Length * 3) + 20];
        Assert.Equal(pieces.Length * 3, file.Read(10, read));
        Assert.Equal(pieces.SelectMany(piece => piece.ToArray()), read[..(pieces.Length * 3)]);
        file.SyncData();
        file.Sync();
        file.SetLength(11);
        Assert.Equal(11, file.Length);
    }

    [Fact]
    public void A_missing_file_a_taken_name_and_a_missing_directory_are_named_by_their_error()
    {
        _disk.Open(PathOf("a"), DiskFileMode.CreateNew).Dispose();
        Assert.Equal(Errno.Exists,
            Assert.Throws<DiskException>(() => _disk.Open(PathOf("a"), DiskFileMode.CreateNew)).Number);
        var missing = Assert.Throws<DiskException>(() => _disk.Open(PathOf("b"), DiskFileMode.Read));
        Assert.Contains("ENOENT", missing.Message, StringComparison.Ordinal);
        Assert.Equal(Errno.NotFound, Assert.Throws<DiskException>(() => _disk.List(PathOf("c"))).Number);
        Assert.Equal(Errno.NotFound, Assert.Throws<DiskException>(() => _disk.SyncDirectory(PathOf("c"))).Number);
    }

    [Fact]
    public void Files_are_listed_renamed_and_deleted_and_directories_made_with_their_parents()
    {
        _disk.CreateDirectory(PathOf("one/two"));
        _disk.CreateDirectory(PathOf("one/two"));
        using (var file = _disk.Open(PathOf("one/two/a"), DiskFileMode.CreateNew)) file.Write(0, [new byte[5]]);
        _disk.Rename(PathOf("one/two/a"), PathOf("one/two/b"));
        _disk.SyncDirectory(PathOf("one/two"));
        Assert.Equal([new DiskEntry("b", 5)], _disk.List(PathOf("one/two")));
        _disk.Delete(PathOf("one/two/b"));
        Assert.Empty(_disk.List(PathOf("one/two")));
    }

    [Fact]
    public void Two_cannot_hold_the_lock_of_a_spool()
    {
        var first = _disk.TryLock(PathOf("lock"));
        Assert.NotNull(first);
        Assert.Null(_disk.TryLock(PathOf("lock")));
        first.Dispose();
        using var second = _disk.TryLock(PathOf("lock"));
        Assert.NotNull(second);
    }

    [Fact]
    public void The_room_of_a_file_system_is_told()
    {
        var space = _disk.Space(_root.FullName);
        Assert.InRange(space.FreeBytes, 1, space.TotalBytes);
        Assert.InRange(space.FreeInodes, 0, space.TotalInodes);
    }
}
