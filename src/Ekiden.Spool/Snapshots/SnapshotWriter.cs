using System.Buffers.Binary;
using System.Collections.Immutable;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Index;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Snapshots;

/// <summary>Writes what the index held at one position of the log, while the index goes on.</summary>
/// <remarks>
/// How it stays consistent without stopping anybody: the writer thread freezes the index between two batches, when
/// every frame before a position is applied and none behind it. Freezing costs nothing: from then on whoever changes a
/// slot first copies its chunk of 128 KiB, once. This class reads the frozen slots, some hundred messages at a time
/// under the gate, and thaws at the end. The price is memory for the chunks changed meanwhile.
/// </remarks>
internal sealed class SnapshotWriter(QueueIndex index, LogPosition position, UInt128 instance) : IDisposable
{
    private const int None = -1;
    private const int Step = 512;
    private const int BlockSize = 256 << 10;

    private readonly IndexTables _tables = index.Tables;
    private readonly RecordWriter _block = new();
    private readonly int _messages = index.Tables.Messages.Count;
    private readonly int _expected = index.Tables.MessageCount;
    private readonly LedgerCopy _ledger = index.Ledger.Copy();
    private readonly Totals _totals = index.Counters.Totals;
    private readonly string[] _domains = index.Tables.Domains.Copy();
    private readonly string[] _accounts = index.Tables.Accounts.Copy();
    private readonly string[] _streams = index.Tables.Streams.Copy();
    private readonly ImmutableArray<BatchRow> _batches = index.Batches.Copy();
    private readonly Dictionary<int, ContentLocation> _bodies = index.Tables.CopyBodies();
    private long _offset;
    private int _written;

    /// <summary>The state of the log that this shows.</summary>
    public LogPosition Position { get; } = position;

    /// <summary>Bytes written.</summary>
    public long Length => _offset;

    /// <summary>Freezes the index. On the writer thread, under the gate.</summary>
    public static SnapshotWriter Freeze(QueueIndex index, LogPosition position, UInt128 instance)
    {
        index.Tables.Messages.Freeze();
        index.Tables.Recipients.Freeze();
        return new SnapshotWriter(index, position, instance);
    }

    /// <summary>Writes everything to a file.</summary>
    public void WriteTo(IDiskFile file)
    {
        WriteHead();
        Flush(file, SnapshotFormat.Block.Head);
        WriteLedger();
        Flush(file, SnapshotFormat.Block.Ledger);
        WriteNames(file, SnapshotFormat.Block.Domains, _domains);
        WriteNames(file, SnapshotFormat.Block.Accounts, _accounts);
        WriteNames(file, SnapshotFormat.Block.Streams, _streams);
        WriteBatches(file);
        for (var from = 0; from < _messages; from += Step)
        {
            lock (_tables.Gate) WriteMessages(from, Math.Min(from + Step, _messages));
            if (_block.Length >= BlockSize) Flush(file, SnapshotFormat.Block.Messages);
        }
        if (_block.Length > 0) Flush(file, SnapshotFormat.Block.Messages);
        _block.Number(_written);
        Flush(file, SnapshotFormat.Block.End);
    }

    /// <summary>Lets the index change freely again.</summary>
    public void Dispose()
    {
        lock (_tables.Gate)
        {
            _tables.Messages.Thaw();
            _tables.Recipients.Thaw();
        }
        _block.Dispose();
    }

    private void WriteHead()
    {
        _block.Bytes(SnapshotFormat.Magic);
        _block.Byte(SnapshotFormat.Version);
        _block.Fixed128(instance);
        _block.Varint((ulong)Position.Segment);
        _block.Number(Position.Offset);
        _block.Number(_expected);
    }

    private void WriteLedger()
    {
        StandingCodec.WriteTotals(_block, _totals);
        StandingCodec.WriteTotals(_block, _ledger.Gone);
        _block.Number(_ledger.Rows.Count);
        foreach (var row in _ledger.Rows)
        {
            _block.Number(row.Segment);
            StandingCodec.WriteTotals(_block, row.Finished);
            _block.Number(row.Supersedes.Count);
            foreach (var older in row.Supersedes) _block.Number(older);
        }
    }

    private void WriteNames(IDiskFile file, SnapshotFormat.Block kind, string[] names)
    {
        foreach (var name in names)
        {
            _block.Text(name);
            if (_block.Length >= BlockSize) Flush(file, kind);
        }
        if (_block.Length > 0) Flush(file, kind);
    }

    private void WriteBatches(IDiskFile file)
    {
        foreach (var row in _batches)
        {
            _block.Fixed128(row.Id.Value);
            StandingCodec.WriteTotals(_block, row.Now);
            StandingCodec.WriteTotals(_block, row.Gone);
            _block.Number(row.InSegments.Length);
            foreach (var (segment, totals) in row.InSegments)
            {
                _block.Number(segment);
                StandingCodec.WriteTotals(_block, totals);
            }
            if (_block.Length >= BlockSize) Flush(file, SnapshotFormat.Block.Batches);
        }
        if (_block.Length > 0) Flush(file, SnapshotFormat.Block.Batches);
    }

    private void WriteMessages(int from, int to)
    {
        for (var message = from; message < to; message++)
        {
            ref readonly var slot = ref _tables.Messages.Frozen(message);
            // A message whose last recipient has ended may still have its slot: nothing of it counts any more.
            if (slot.Unfinished == 0) continue;
            WriteMessage(message, slot);
            _written++;
        }
    }

    private void WriteMessage(int message, in MessageSlot slot)
    {
        _block.Fixed128(slot.Id.Value);
        _block.Number(slot.Home.Segment);
        _block.Number(slot.Home.FrameOffset);
        _block.Number(slot.Home.FrameLength);
        _block.Number(slot.Home.Offset);
        _block.Number(slot.Home.Length);
        _block.Number(slot.Account);
        _block.Number(slot.Stream);
        _block.Number(slot.Batch);
        _block.Number(slot.SenderDomain);
        _block.Varint((ulong)_tables.Clock.Absolute(slot.AcceptedAt));
        _block.Varint((ulong)_tables.Clock.Absolute(slot.ExpiresAt));
        var hasBody = _bodies.TryGetValue(message, out var body);
        _block.Bool(hasBody);
        if (hasBody)
        {
            _block.Varint((ulong)body.Segment);
            _block.Varint((ulong)body.Offset);
            _block.Varint((ulong)body.Length);
            _block.Fixed32(body.Checksum);
        }
        _block.Number(slot.RecipientCount);
        for (var recipient = slot.FirstRecipient; recipient != None;)
        {
            ref readonly var one = ref _tables.Recipients.Frozen(recipient);
            WriteRecipient(one);
            recipient = one.Next;
        }
    }

    private void WriteRecipient(in RecipientSlot recipient)
    {
        _block.Number(recipient.Domain);
        _block.Byte((byte)recipient.State);
        _block.Bool(recipient.Has(RecipientFlags.PossibleDuplicate));
        _block.Varint((ulong)_tables.Clock.Absolute(recipient.Due));
        _block.Number(recipient.Attempts);
        _block.Byte(recipient.ReasonAndStarted);
        _block.Number(recipient.ResultSegment);
        _block.Number(recipient.ResultOffset);
    }

    private void Flush(IDiskFile file, SnapshotFormat.Block kind)
    {
        var header = new byte[SnapshotFormat.BlockHeader];
        BinaryPrimitives.WriteInt32LittleEndian(header, _block.Length);
        header[8] = (byte)kind;
        var crc = Crc32C.Add(Crc32C.Add(Crc32C.Begin, header.AsSpan(8)), _block.Written.Span);
        BinaryPrimitives.WriteUInt32LittleEndian(header.AsSpan(4), Crc32C.Finish(crc));
        file.Write(_offset, [header, _block.Written]);
        _offset += header.Length + _block.Length;
        _block.Clear();
    }
}
