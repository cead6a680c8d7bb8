using Ekiden.Delivery.Bounces.Reading;
using Ekiden.Mail;

namespace Ekiden.Server.Hosting.Returns;

/// <summary>Hears of mail that came back to a return address of ours.</summary>
internal interface IReturnListener
{
    /// <summary>
    /// Completes when what came back is on stable storage: the server that brought it is told so then.
    /// </summary>
    ValueTask HeardAsync(MessageReturn returned, CancellationToken cancel);
}

/// <summary>Mail that came back about one of our messages.</summary>
/// <param name="Message">The message, proved by the signature of the return address.</param>
/// <param name="Place">The place of its recipient in the envelope; null: the report must say.</param>
/// <param name="Report">What it says.</param>
/// <param name="At">When it came.</param>
internal sealed record MessageReturn(MessageId Message, int? Place, BounceReport Report, DateTimeOffset At);
