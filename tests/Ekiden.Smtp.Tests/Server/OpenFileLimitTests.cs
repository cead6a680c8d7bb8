using Ekiden.Smtp.Server;

namespace Ekiden.Smtp.Tests.Server;

public sealed class OpenFileLimitTests
{
    // Reliability §5.1, H-R4: half of the limit, and 64 descriptors for journal and logs.
    [Theory]
    [InlineData(65_536, 100, 32_768)]
    [InlineData(1_024, 100, 512)]
    [InlineData(256, 76, 116)]
    [InlineData(256, 64, 128)]
    [InlineData(128, 100, 8)]
    [InlineData(int.MaxValue, 100, int.MaxValue / 2)]
    public void The_last_descriptors_are_never_taken(int limit, int open, int room) =>
        Assert.Equal(room, OpenFileLimit.RoomForConnections(limit, open));
}
