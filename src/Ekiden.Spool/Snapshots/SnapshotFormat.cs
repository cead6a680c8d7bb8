namespace Ekiden.Spool.Snapshots;

/// <summary>What reader and writer of a snapshot agree on.</summary>
/// <remarks> A snapshot is a row of blocks: length 4, CRC-32C of kind and payload 4, kind 1, payload. The first block
/// is the head, the last the end with the number of messages; in between are names, batches, ledger and messages. A
/// missing end, a wrong checksum or a wrong count make the whole snapshot worthless: the journal is read instead.
/// </remarks>
internal static class SnapshotFormat
{
    public const string FileName = "snapshot";
    public const byte Version = 3;
    public const int BlockHeader = 9;

    /// <summary>No block is larger.</summary>
    public const int LargestBlock = 16 << 20;

    public static ReadOnlySpan<byte> Magic => "EKIDENSN"u8;

    public enum Block : byte
    {
        Head = 1,
        Ledger = 2,
        Domains = 3,
        Accounts = 4,
        Streams = 5,
        Messages = 6,
        End = 7,
        Batches = 8,
    }
}
