using Ekiden.Spool.Tests.Disk;

namespace Ekiden.Spool.Tests.Journal;

/// <summary>Whatever happens, in whatever order, the spool knows what a plain dictionary knows (INV1, INV6,
/// INV9).</summary>
public sealed class SpoolHistoryTests(ITestOutputHelper output)
{
    [Theory]
    [InlineData(1, 40)]
    [InlineData(1000, 40)]
    public async Task A_random_life_ends_as_a_dictionary_says(int firstSeed, int lives)
    {
        var segmentsDropped = 0L;
        for (var seed = firstSeed; seed < firstSeed + lives; seed++)
        {
            var disk = new SimulatedDisk();
            await using var history = new SpoolHistory(disk, seed);
            for (var step = 0; step < 250; step++)
            {
                await history.StepAsync();
                if (step % 10 == 0) await history.CheckAsync($"step {step}");
            }
            await history.RestartAsync(withSnapshot: true);
            await history.CheckAsync("restarted by the snapshot");
            await history.RestartAsync(withSnapshot: false);
            await history.CheckAsync("restarted by the journal");
            segmentsDropped += disk.Operations.OfType<DiskOperation.Delete>().Count();
        }
        output.WriteLine($"{lives} lives, {segmentsDropped} files deleted");
        Assert.True(segmentsDropped > lives, "no segment was ever dropped: the test shows little");
    }
}
