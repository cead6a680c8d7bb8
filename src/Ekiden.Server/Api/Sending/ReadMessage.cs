using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Submission.Composition;

namespace Ekiden.Server.Api.Sending;

/// <summary>What a request to send says, checked: the mail and how it travels.</summary>
/// <param name="Parts">The mail.</param>
/// <param name="Recipients">Everybody, with the pointer of each.</param>
internal sealed record ReadMessage(MailParts Parts, ImmutableArray<(Mailbox Address, string Pointer)> Recipients)
{
    /// <summary>The reverse-path; the From address unless the request says otherwise.</summary>
    public required Mailbox EnvelopeFrom { get; init; }

    /// <summary>The stream; null: the usual one.</summary>
    public string? Stream { get; init; }

    /// <summary>When the first attempt may be made; null: at once.</summary>
    public DateTimeOffset? SendAt { get; init; }

    /// <summary>The lifetime; null: the stream's.</summary>
    public TimeSpan? ExpiresIn { get; init; }

    /// <summary>Labels.</summary>
    public ImmutableArray<string> Tags { get; init; } = [];

    /// <summary>The sender's own words.</summary>
    public ImmutableDictionary<string, string> Metadata { get; init; } = ImmutableDictionary<string, string>.Empty;

    /// <summary>REQUIRETLS.</summary>
    public bool RequireTls { get; init; }

    /// <summary>Nothing leaves.</summary>
    public bool IsSandbox { get; init; }
}
