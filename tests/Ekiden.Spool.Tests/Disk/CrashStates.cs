namespace Ekiden.Spool.Tests.Disk;

/// <summary>
/// What a crash may leave of the operations of a <see cref="SimulatedDisk"/>. What was synced is there. Of the rest,
/// every sector of every write, every change of a length and every change of a name may have happened or not, each by
/// itself.
/// </summary>
/// <remarks>
/// All combinations when there are at most 2^14, else the plain ones (all, none, each prefix, each one alone, each one
/// missing) and a random sample. A hole inside the length of a file reads as zeros, or as old bytes of another file.
/// </remarks>
/// <param name="start">What the disk held before the operations.</param>
/// <param name="operations">The operations, notes included.</param>
internal sealed class CrashStates(DiskImage start, IReadOnlyList<DiskOperation> operations)
{
    private const int ExhaustiveChoices = 14;

    /// <summary>Random states, where there are too many for all.</summary>
    public int Sample { get; init; } = 1000;

    /// <summary>Bytes that the disk writes all or none: 512 or 4096.</summary>
    public int Sector { get; init; } = 512;

    /// <summary>
    /// Calls <paramref name="check"/> with each state that a crash after the first operations may leave.
    /// </summary>
    /// <returns>How many states that were.</returns>
    public int After(int count, Random random, Action<DiskImage> check)
    {
        var pending = new PendingChanges(start, operations.Take(count), Sector);
        var states = 0;
        foreach (var choice in Choices(pending.Count, random))
        {
            check(pending.Apply(choice, garbage: false));
            states++;
            if (!pending.HasHole) continue;
            check(pending.Apply(choice, garbage: true));
            states++;
        }

        return states;
    }

    private IEnumerable<bool[]> Choices(int count, Random random)
    {
        var choice = new bool[count];
        if (count <= ExhaustiveChoices)
        {
            for (var bits = 0; bits < 1 << count; bits++)
            {
                for (var i = 0; i < count; i++) choice[i] = (bits >> i & 1) != 0;
                yield return choice;
            }

            yield break;
        }

        for (var i = 0; i <= count; i++)
        {
            for (var j = 0; j < count; j++) choice[j] = j < i;
            yield return choice;
            for (var j = 0; j < count; j++) choice[j] = j == i;
            yield return choice;
            for (var j = 0; j < count; j++) choice[j] = j != i;
            yield return choice;
        }

        for (var n = 0; n < Sample; n++)
        {
            var kept = random.NextDouble();
            for (var j = 0; j < count; j++) choice[j] = random.NextDouble() < kept;
            yield return choice;
        }
    }
}
