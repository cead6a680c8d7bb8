using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Events;

/// <summary>What the log knows of a message, also after it has finished.</summary>
/// <param name="Id">Its name.</param>
/// <param name="Account">Whose it is.</param>
/// <param name="Stream">The stream it travelled in.</param>
/// <param name="AcceptedAt">When it was accepted.</param>
/// <param name="Sender">The envelope's sender; null for the null sender.</param>
/// <param name="Subject">Decoded; null when it is not known.</param>
/// <param name="Recipients">In the order of the envelope; empty text where one is not known any more.</param>
public sealed record SentMessage(
    MessageId Id, string Account, string Stream, DateTimeOffset AcceptedAt, string? Sender, string? Subject,
    ImmutableArray<string> Recipients);
