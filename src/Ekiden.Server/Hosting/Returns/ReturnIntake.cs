using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission.Returns;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting.Returns;

/// <summary>
/// Takes what comes back to the return addresses that we have made (reliability F-R6): reads it, and ties it to the
/// message. It is never passed on or answered, so that nothing can go round.
/// </summary>
internal sealed partial class ReturnIntake(TimeProvider clock, ILogger<ReturnIntake> logger)
{
    /// <summary>Who hears of it; null: the log alone.</summary>
    public IReturnListener? Listener { get; set; }

    /// <summary>Takes a whole mail to these return addresses.</summary>
    public async ValueTask TakeAsync(
        MessageContent content, ReturnAddresses returns, IEnumerable<Mailbox> addresses, CancellationToken cancel)
    {
        var report = BounceReader.Read(content.Head((int)Math.Min(content.Length, BounceReader.MaxBytes)).Span);
        foreach (var address in addresses)
        {
            var now = clock.GetUtcNow();
            if (returns.Read(address, now) is not ReturnAddressResult.Valid valid)
            {
                Log.Unmatched(logger, report.Kind.Word());
                continue;
            }
            foreach (var result in report.Results)
            {
                Log.Returned(
                    logger, valid.Message, report.Kind.Word(), result.Recipient ?? "", result.Reason.Word,
                    result.Status?.ToString() ?? "", result.IsHard);
            }
            if (Listener is { } listener)
                await listener.HeardAsync(new MessageReturn(valid.Message, valid.Recipient, report, now), cancel);
        }
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Information, EventName = "returned",
            Message = "returned {MessageId}: {Kind} {Recipient} {Reason} {Status} hard={IsHard}")]
        public static partial void Returned(
            ILogger logger, MessageId messageId, string kind, string recipient, string reason, string status,
            bool isHard);

        [LoggerMessage(Level = LogLevel.Information, EventName = "returned_unmatched",
            Message = "Mail to a return address that is too old was taken and dropped: {Kind}")]
        public static partial void Unmatched(ILogger logger, string kind);
    }
}
