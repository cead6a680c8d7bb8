using Microsoft.Extensions.Logging;

namespace Ekiden.Smtp.Server;

/// <summary>What a session is given, beside its connection.</summary>
internal sealed record SessionContext
{
    /// <summary>Our name in the banner and the answer to EHLO.</summary>
    public required string HostName { get; init; }

    /// <summary>The listener's settings.</summary>
    public required ListenerOptions Listener { get; init; }

    /// <summary>Sizes, counts and times.</summary>
    public required SessionLimits Limits { get; init; }

    /// <summary>Who takes the mail.</summary>
    public required IMailReceiver Receiver { get; init; }

    /// <summary>Remembers failed sign-ins of all sessions.</summary>
    public required SignInGuard Guard { get; init; }

    /// <summary>All time comes from here.</summary>
    public required TimeProvider Clock { get; init; }

    /// <summary>The log of all sessions.</summary>
    public required ILogger Log { get; init; }

    /// <summary>
    /// The client is in the networks of a relay listener: the operator's own, free of limits per connection (DESIGN
    /// §9.2).
    /// </summary>
    public bool IsListedClient { get; init; }

    /// <summary>The server is nearly full: clients get less time (reliability H-R5).</summary>
    public Func<bool> IsStressed { get; init; } = static () => false;

    /// <summary>Counts a sign-in against the address; false when it has too many connections already.</summary>
    public Func<bool> TrySignedIn { get; init; } = static () => true;

    /// <summary>Counts a TLS handshake against the address; false when it has too many already.</summary>
    public Func<bool> TryBeginHandshake { get; init; } = static () => true;

    /// <summary>The handshake that was counted is over.</summary>
    public Action EndHandshake { get; init; } = static () => { };
}
