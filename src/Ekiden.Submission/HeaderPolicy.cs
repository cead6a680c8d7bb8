using Ekiden.Directory;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>
/// What a header must and must not hold before we take a message: DESIGN §11 "header completion", reliability F-R1,
/// E-R3.
/// </summary>
internal static class HeaderPolicy
{
    private const int MaximumReceived = 100;
    private const int MaximumOwnReceived = 4;

    /// <summary>Null when the header is fine.</summary>
    public static Refusal? Check(
        MailClient client, MessageHeader header, IntakeOptions options, DirectorySnapshot directory) =>
        CheckSize(header)
        ?? CheckLoop(header, options)
        ?? CheckLines(client, header)
        ?? CheckSingleFields(client, header)
        ?? CheckFrom(client, header)
        ?? SenderPolicy.CheckHeader(client, header, directory);

    // What is behind the part that we read could be a second From.
    private static Refusal? CheckSize(MessageHeader header) =>
        header.IsWhole ? null : Refusal.Of(552, "5.3.4", "The header is too large", "message_too_large");

    // Readers differ on what such a line is: where one sees the body begin, another sees the next From. RFC 5322 §2.1.
    private static Refusal? CheckLines(MailClient client, MessageHeader header) =>
        client.IsOwnUser && header.IsBroken
            ? Refusal.Of(550, "5.6.0", "A line of the header is no header field", "invalid_request")
            : null;

    // RFC 5321 §6.3: a message that has come this far, or through us this often, goes in circles.
    private static Refusal? CheckLoop(MessageHeader header, IntakeOptions options) =>
        header.ReceivedCount > MaximumReceived || header.CountReceivedBy(options.InstallationId) > MaximumOwnReceived
            ? Refusal.Of(554, "5.4.6", "Too many hops: the message goes in a loop", "invalid_request")
            : null;

    // RFC 5322 §3.6: at most one each. Mail from outside is carried as it is.
    private static Refusal? CheckSingleFields(MailClient client, MessageHeader header) =>
        client.Origin != MessageOrigin.Inbound && header.RepeatedField is { } name
            ? Refusal.Of(550, "5.6.0", $"More than one {name} field", "invalid_request")
            : null;

    private static Refusal? CheckFrom(MailClient client, MessageHeader header) =>
        client.IsOwnUser && !header.HasFrom
            ? Refusal.Of(550, "5.6.0", "No From field", "invalid_request")
            : null;
}
