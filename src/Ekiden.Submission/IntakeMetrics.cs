using System.Diagnostics.Metrics;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>What Intake counts.</summary>
internal static class IntakeMetrics
{
    private static readonly Meter Instruments = new("Ekiden.Submission");

    // Alert when it stands still at a time of day when mail always comes.
    private static readonly Counter<long> Messages = Instruments.CreateCounter<long>(
        "ekiden_messages_accepted", "{message}",
        "Accepted messages by stream (of the settings) and source: submission, relay, inbound, api, or notice (ready "
        + "for its outcome's commit).");

    /// <summary>A message is ours.</summary>
    public static void Accepted(AcceptedMessage message) => Messages.Add(
        1, new KeyValuePair<string, object?>("stream", message.Stream),
        new KeyValuePair<string, object?>("source", message.Origin switch
        {
            MessageOrigin.Submission => "submission",
            MessageOrigin.Relay => "relay",
            MessageOrigin.Inbound => "inbound",
            MessageOrigin.Api => "api",
            _ => "notice",
        }));
}
