using Ekiden.Contracts;
using Ekiden.Mail;

namespace Ekiden.Server.Batches;

/// <summary>What was handed in with a batch, except its recipients; never changes.</summary>
internal sealed record BatchRecord
{
    /// <summary><c>bat_…</c></summary>
    public required string Id { get; init; }

    /// <summary>Whose it is.</summary>
    public required string Account { get; init; }

    /// <summary>The key it came with; null: the operator's token.</summary>
    public string? Key { get; init; }

    /// <summary>When.</summary>
    public required DateTimeOffset CreatedAt { get; init; }

    /// <summary>Recipients taken: lines of the file.</summary>
    public required long Accepted { get; init; }

    /// <summary>Recipients not taken.</summary>
    public required long Rejected { get; init; }

    /// <summary>The mail.</summary>
    public required SendMessageRequest Defaults { get; init; }

    /// <summary>When it rests.</summary>
    public ApiQuietHours? QuietHours { get; init; }
}

/// <summary>What may change while a batch goes on.</summary>
internal sealed record BatchState
{
    /// <summary>What it is told to do.</summary>
    public BatchStatus Status { get; init; }

    /// <summary>Why it rests by itself; null: it was told to, or does not rest.</summary>
    public string? Reason { get; init; }

    /// <summary>Recipients an hour at most; null: no limit.</summary>
    public long? PerHour { get; init; }

    /// <summary>When it begins; null: at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>Recipients that became messages, once no more will.</summary>
    public long? Fed { get; init; }

    /// <summary>How it ended, once it has.</summary>
    public BatchCounts? Final { get; init; }
}

/// <summary>What a batch is told to do.</summary>
internal enum BatchStatus
{
    /// <summary>To go on.</summary>
    Running,

    /// <summary>To rest.</summary>
    Paused,

    /// <summary>To end: those not begun never will.</summary>
    Cancelled,

    /// <summary>Every recipient has ended.</summary>
    Completed,
}

/// <summary>A batch and where it stands.</summary>
internal sealed class Batch(BatchRecord record, BatchState state, string directory)
{
    /// <summary>Its name.</summary>
    public BatchId Id { get; } = BatchId.TryParse(record.Id, out var id)
        ? id
        : throw new InvalidDataException($"{record.Id} is no batch");

    public BatchRecord Record { get; } = record;

    /// <summary>Replaced whole, by <see cref="BatchStore.Change"/>.</summary>
    public BatchState State { get; set; } = state;

    /// <summary>Its folder.</summary>
    public string Directory { get; } = directory;

    /// <summary>The id of the message of a line: the same whenever it is asked.</summary>
    /// <remarks>A recipient's id is its message's and its place behind it, so lines are that far apart.</remarks>
    public MessageId MessageOf(long line) => new(Id.Value + ((UInt128)(ulong)(line + 1) << 16));
}
