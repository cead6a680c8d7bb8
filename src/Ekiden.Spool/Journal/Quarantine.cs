using System.Collections.Immutable;
using System.Text;
using Ekiden.Mail;
using Ekiden.Spool.Disk;
using Ekiden.Spool.Index;
using Microsoft.Extensions.Logging;

namespace Ekiden.Spool.Journal;

/// <summary>
/// A message that cannot be read is held, named in an alarm and in a file of its own, and counted: an operator decides,
/// by release (try again) or cancel. Never delivered as it is, never dropped silently (reliability INV10).
/// </summary>
internal sealed partial class Quarantine(JournalParts parts, IJournal journal)
{
    private readonly ILogger _logger = parts.Loggers.CreateLogger<Quarantine>();

    /// <summary>Holds the message's waiting recipients and says so.</summary>
    public async ValueTask HoldAsync(MessageId id, EntryLocation home, string why)
    {
        Log.Damaged(_logger, id, why);
        Note(parts.Options.Directory, parts.Disk, id, $"{id}\nat {home}\n{why}\n");
        var index = parts.Index;
        var recipients = index.FindMessage(id)
            .Where(recipient => recipient.State < RecipientState.Delivered)
            .Select(recipient => recipient.Recipient)
            .ToImmutableArray();
        if (recipients.IsEmpty) return;
        var now = parts.Time.GetUtcNow();
        var hold = new JournalEntry.Changed(id, now, QueueChange.Hold, recipients, now, "quarantine");
        await journal.CommitAsync([hold], Durability.Flushed, CancellationToken.None);
        index.MarkDamaged(id);
    }

    /// <summary>Leaves a file named by the message; one that is there already stays.</summary>
    public static void Note(string spool, IDisk disk, MessageId id, string text)
    {
        var directory = Path.Join(spool, "quarantine");
        disk.CreateDirectory(directory);
        if (disk.List(directory).Any(entry => entry.Name == id.ToString())) return;
        AtomicFile.Write(directory, id.ToString(), disk, file => file.Write(0, [Encoding.UTF8.GetBytes(text)]));
    }

    private static partial class Log
    {
        [LoggerMessage(LogLevel.Critical, "{MessageId} cannot be read and is held in quarantine: {Why}")]
        public static partial void Damaged(ILogger logger, MessageId messageId, string why);
    }
}
