using System.Buffers.Binary;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Tests.Segments;

/// <summary>What a replay found: numbers of whole frames, and damage.</summary>
internal sealed class FoundFrames : IReplayHandler
{
    public List<long> Ids { get; } = [];

    public List<FrameLocation> Places { get; } = [];

    public List<DamagedRange> Damage { get; } = [];

    public List<byte[]> DamagedBytes { get; } = [];

    public void Replayed(FrameLocation at, ReadOnlySpan<byte> payload)
    {
        var id = BinaryPrimitives.ReadInt64LittleEndian(payload);
        if (!payload.SequenceEqual(RecordedLog.Payload(id, payload.Length)))
            Assert.Fail($"frame {id} at {at} is not as it was appended");
        Ids.Add(id);
        Places.Add(at);
    }

    public void Damaged(DamagedRange range, ReadOnlySpan<byte> bytes)
    {
        Damage.Add(range);
        DamagedBytes.Add(bytes.ToArray());
    }
}
