using System.Buffers.Binary;
using System.Collections.Immutable;
using System.Runtime.CompilerServices;
using Ekiden.Mail;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Index;
using Ekiden.Spool.Records;
using Ekiden.Spool.Segments;

namespace Ekiden.Spool.Snapshots;

/// <summary>Fills an empty index from a snapshot. Anything odd makes the whole snapshot worthless.</summary>
internal sealed class SnapshotReader
{
    private readonly QueueIndex _index;
    private readonly UInt128 _instance;
    private readonly List<int> _domains = [];
    private readonly List<int> _accounts = [];
    private readonly List<int> _streams = [];
    private readonly List<int> _batches = [0]; // number 0 is none
    private LogPosition _position;
    private bool _hasHead;
    private int _messages;
    private bool _isWhole;

    private SnapshotReader(QueueIndex index, UInt128 instance)
    {
        _index = index;
        _instance = instance;
    }

    /// <summary>Reads the snapshot of a directory. Unless it is good, the index is not usable afterwards.</summary>
    public static SnapshotResult Read(string directory, IDisk disk, UInt128 instance, QueueIndex index)
    {
        if (!disk.List(directory).Any(entry => entry.Name == SnapshotFormat.FileName)) return new SnapshotResult.None();
        try
        {
            using var file = disk.Open(Path.Join(directory, SnapshotFormat.FileName), DiskFileMode.Read);
            return new SnapshotReader(index, instance).Read(file);
        }
        catch (DiskException e)
        {
            return new SnapshotResult.Damaged(e.Message);
        }
    }

    private SnapshotResult Read(IDiskFile file)
    {
        var header = new byte[SnapshotFormat.BlockHeader];
        var buffer = Array.Empty<byte>();
        for (var offset = 0L; !_isWhole;)
        {
            if (file.Read(offset, header) < header.Length) return Bad("it ends early");
            var length = BinaryPrimitives.ReadInt32LittleEndian(header);
            if (length is < 0 or > SnapshotFormat.LargestBlock) return Bad("a block has no possible length");
            if (buffer.Length < length) buffer = new byte[length];
            var block = buffer.AsSpan(0, length);
            if (file.Read(offset + header.Length, block) < length) return Bad("it ends early");
            var crc = Crc32C.Add(Crc32C.Add(Crc32C.Begin, header.AsSpan(8)), block);
            if (Crc32C.Finish(crc) != BinaryPrimitives.ReadUInt32LittleEndian(header.AsSpan(4)))
                return Bad("a checksum is wrong");
            if (Apply((SnapshotFormat.Block)header[8], block) is { } why) return Bad(why);
            offset += header.Length + length;
        }
        return new SnapshotResult.Good(_position);
    }

    private static SnapshotResult.Damaged Bad(string why) => new(why);

    private string? Apply(SnapshotFormat.Block kind, ReadOnlySpan<byte> block)
    {
        var reader = new RecordReader(block);
        if (kind != SnapshotFormat.Block.Head && !_hasHead) return "it has no head";
        switch (kind)
        {
            case SnapshotFormat.Block.Head:
                if (!TryReadHead(ref reader)) return "its head is not of this spool or this version";
                break;
            case SnapshotFormat.Block.Ledger:
                ReadLedger(ref reader);
                break;
            case SnapshotFormat.Block.Domains:
                ReadNames(ref reader, _index.Tables.Domains, _domains);
                break;
            case SnapshotFormat.Block.Accounts:
                ReadNames(ref reader, _index.Tables.Accounts, _accounts);
                break;
            case SnapshotFormat.Block.Streams:
                ReadNames(ref reader, _index.Tables.Streams, _streams);
                break;
            case SnapshotFormat.Block.Batches:
                while (reader.Left > 0) ReadBatch(ref reader);
                break;
            case SnapshotFormat.Block.Messages:
                while (reader.Left > 0) ReadMessage(ref reader);
                break;
            case SnapshotFormat.Block.End:
                _isWhole = true;
                Release(_index.Tables.Domains, _domains);
                Release(_index.Tables.Accounts, _accounts);
                Release(_index.Tables.Streams, _streams);
                if (reader.Number() != _messages) return "messages are missing";
                break;
            default:
                return "it has a block of an unknown kind";
        }
        return reader.IsDamaged ? "a block cannot be read" : null;
    }

    private bool TryReadHead(ref RecordReader reader)
    {
        if (!reader.Bytes(SnapshotFormat.Magic.Length).SequenceEqual(SnapshotFormat.Magic)) return false;
        if (reader.Byte() != SnapshotFormat.Version || reader.Fixed128() != _instance) return false;
        _position = new LogPosition((long)reader.Varint(), reader.Number());
        _index.Tables.Reserve(reader.Number());
        _hasHead = !reader.IsDamaged;
        return _hasHead;
    }

    private void ReadLedger(ref RecordReader reader)
    {
        _index.Counters.Restore(StandingCodec.ReadTotals(ref reader));
        var gone = StandingCodec.ReadTotals(ref reader);
        var rows = new List<LedgerRow>();
        for (var count = reader.Count(); count > 0 && !reader.IsDamaged; count--)
        {
            var segment = reader.Number();
            var finished = StandingCodec.ReadTotals(ref reader);
            var supersedes = new List<int>();
            for (var older = reader.Count(); older > 0 && !reader.IsDamaged; older--) supersedes.Add(reader.Number());
            rows.Add(new LedgerRow(segment, finished, supersedes));
        }
        _index.Ledger.Restore(new LedgerCopy(gone, rows));
    }

    private void ReadBatch(ref RecordReader reader)
    {
        var id = new BatchId(reader.Fixed128());
        var (now, gone) = (StandingCodec.ReadTotals(ref reader), StandingCodec.ReadTotals(ref reader));
        var segments = ImmutableArray.CreateBuilder<(int, Totals)>();
        for (var left = reader.Count(); left > 0 && !reader.IsDamaged; left--)
            segments.Add((reader.Number(), StandingCodec.ReadTotals(ref reader)));
        _batches.Add(_index.Batches.Restore(new BatchRow(id, now, gone, segments.DrainToImmutable())));
    }

    // Names get new numbers, and are in use until all messages that use them have been read.
    private static void ReadNames(ref RecordReader reader, NameTable table, List<int> numbers)
    {
        while (reader.Left > 0) numbers.Add(table.Use(reader.Text()));
    }

    private static void Release(NameTable table, List<int> numbers)
    {
        foreach (var number in numbers) table.Release(number);
    }

    // Runs a million times in the first seconds of a process, before the runtime would find out that it should be fast.
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadMessage(ref RecordReader reader)
    {
        var tables = _index.Tables;
        var slot = new MessageSlot
        {
            Id = new Mail.MessageId(reader.Fixed128()),
            Home = new EntryLocation(reader.Number(), reader.Number(), reader.Number(), reader.Number(),
                reader.Number()),
            FirstRecipient = -1,
            Account = Number(ref reader, _accounts),
            Stream = (ushort)Number(ref reader, _streams),
            Batch = Number(ref reader, _batches),
            SenderDomain = Number(ref reader, _domains),
            AcceptedAt = tables.Clock.Relative((long)reader.Varint()),
            ExpiresAt = tables.Clock.Relative((long)reader.Varint()),
        };
        ContentLocation? body = reader.Bool()
            ? new ContentLocation((long)reader.Varint(), (long)reader.Varint(), (long)reader.Varint(), reader.Fixed32())
            : null;
        var count = reader.Count();
        if (count == 0 || reader.IsDamaged)
        {
            reader.Damaged();
            return;
        }
        var message = tables.AddMessage(slot, body);
        _index.Ledger.Arrive(slot.Home);
        if (body is { } location) _index.Ledger.UseBody(location);
        for (var place = 0; place < count && !reader.IsDamaged; place++) ReadRecipient(ref reader, message);
        _messages++;
    }

    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    private void ReadRecipient(ref RecordReader reader, int message)
    {
        var tables = _index.Tables;
        var recipient = new RecipientSlot
        {
            Domain = Number(ref reader, _domains),
            State = (RecipientState)(reader.Byte() & 7),
        };
        recipient.Set(RecipientFlags.PossibleDuplicate, reader.Bool());
        recipient.Due = tables.Clock.Relative((long)reader.Varint());
        recipient.Attempts = (ushort)reader.Number(ushort.MaxValue);
        recipient.ReasonAndStarted = reader.Byte();
        recipient.ResultSegment = reader.Number();
        recipient.ResultOffset = reader.Number();
        if (reader.IsDamaged) return;
        tables.AddRecipient(message, recipient);
        if (recipient.IsFinished) return;
        _index.Counters.Enter(recipient.State);
        tables.Messages.Write(message).Unfinished++;
    }

    private static int Number(ref RecordReader reader, List<int> numbers)
    {
        var number = reader.Number();
        if (number < numbers.Count) return numbers[number];
        reader.Damaged();
        return 0;
    }
}

/// <summary>What reading a snapshot came to.</summary>
internal abstract record SnapshotResult
{
    private SnapshotResult() { } // closed: every case is below

    /// <summary>There is none.</summary>
    public sealed record None : SnapshotResult;

    /// <summary>It cannot be used.</summary>
    public sealed record Damaged(string Why) : SnapshotResult;

    /// <summary>The index is as it was at this position of the log.</summary>
    public sealed record Good(LogPosition Position) : SnapshotResult;
}
