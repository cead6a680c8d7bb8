using Ekiden.Server.Hosting;

namespace Ekiden.Server.Tests.Hosting;

public sealed class DataStorageTests
{
    // reliability.md §4.2.
    [Theory]
    [InlineData(DriveType.Ram, "tmpfs")]
    [InlineData(DriveType.Network, "nfs")]
    [InlineData(DriveType.Fixed, "overlay")]
    [InlineData(DriveType.Fixed, "overlayfs")]
    public void What_forgets_is_doubted(DriveType type, string format) =>
        Assert.NotNull(DataStorage.Doubt(type, format));

    [Theory]
    [InlineData("ext4")]
    [InlineData("xfs")]
    [InlineData("btrfs")]
    public void A_disk_is_not(string format) => Assert.Null(DataStorage.Doubt(DriveType.Fixed, format));

    [Theory]
    [InlineData("/var/lib/ekiden", DriveType.Ram, true)]
    [InlineData("/var/lib/ekiden", DriveType.Network, true)]
    [InlineData("/tmpfs/ekiden", DriveType.Ram, true)]
    [InlineData("/tmp/ekiden", DriveType.Ram, false)]
    [InlineData("/tmp/ekiden", DriveType.Network, false)]
    [InlineData("/var/lib/ekiden", DriveType.Fixed, false)]
    public void Memory_and_network_are_refused_outside_the_temporary_folder(
        string path, DriveType type, bool isRefused) =>
        Assert.Equal(isRefused, DataStorage.IsRefused(path, type, "/tmp/"));

    [Fact]
    public void The_file_systems_of_this_machine_are_told_apart()
    {
        // In every Linux: never a disk.
        Assert.Equal(DriveType.Ram, new DriveInfo("/proc").DriveType);
        Assert.NotNull(DataStorage.Doubt("/proc"));
        Assert.True(DataStorage.IsRefused("/proc"));
    }
}
