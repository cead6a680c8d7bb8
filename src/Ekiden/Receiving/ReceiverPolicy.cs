using System.Collections.Immutable;
using Ekiden.Mail;

namespace Ekiden.Receiving;

/// <summary>What a test receiver lets happen. Zero and null: no such limit.</summary>
internal sealed record ReceiverPolicy
{
    /// <summary>Its name, in the greeting.</summary>
    public string Name { get; init; } = "receiver.test";

    /// <summary>Connections at once.</summary>
    public int MaxConnections { get; init; }

    /// <summary>Connections at once from one address.</summary>
    public int MaxConnectionsPerClient { get; init; }

    /// <summary>What meets a connection over these.</summary>
    public Refusal OverConnections { get; init; }

    /// <summary>Before the greeting.</summary>
    public TimeSpan BannerDelay { get; init; }

    /// <summary>Before every reply but the greeting.</summary>
    public TimeSpan CommandDelay { get; init; }

    /// <summary>Before the reply to the content, beside <see cref="CommandDelay"/>.</summary>
    public TimeSpan MessageDelay { get; init; }

    /// <summary>Messages per second, of all connections together: a token bucket.</summary>
    public double? Rate { get; init; }

    /// <summary>Messages that may come at once after a pause; at least 1.</summary>
    public double Burst { get; init; } = 1;

    /// <summary>What meets a message over the rate.</summary>
    public Refusal OverRate { get; init; }

    /// <summary>The words for a message over the rate.</summary>
    public SmtpReply RateReply { get; init; } = SmtpReply.Of(450, "4.7.1", "Too many messages, slow down");

    /// <summary>Messages on one connection.</summary>
    public int MessagesPerConnection { get; init; }

    /// <summary>What ends a connection that has carried as many.</summary>
    public Refusal AfterMessages { get; init; } = Refusal.Close;

    /// <summary>Recipients of one message.</summary>
    public int RecipientsPerMessage { get; init; } = 100;

    /// <summary>How long an unknown client, sender and recipient together are told to come back.</summary>
    public TimeSpan Greylisting { get; init; }

    /// <summary>Messages in one day of UTC.</summary>
    public int DailyQuota { get; init; }

    /// <summary>The part of all addresses that does not exist, 0 to 1: the same ones each time.</summary>
    public double RejectedShare { get; init; }

    /// <summary>Violations until a block; a refused connection and a message over the rate are one.</summary>
    public int BlockAfter { get; init; }

    /// <summary>How long a block lasts.</summary>
    public TimeSpan BlockFor { get; init; }

    /// <summary>Each block lasts twice as long as the one before.</summary>
    public bool BlockDoubles { get; init; }

    /// <summary>The words that greet who is blocked.</summary>
    public SmtpReply BlockReply { get; init; } = SmtpReply.Of(554, "5.7.1", "Your address is blocked");

    /// <summary>What holds from a time on, in the order of time.</summary>
    public ImmutableArray<ReceiverChange> Changes { get; init; } = [];
}

/// <summary>Another policy from a time on.</summary>
/// <param name="After">Since the receiver's start.</param>
/// <param name="Policy">All of it; its own changes do not count.</param>
internal sealed record ReceiverChange(TimeSpan After, ReceiverPolicy Policy);

/// <summary>How a limit shows itself.</summary>
internal enum Refusal
{
    /// <summary>In words: 421 for a connection, a 4xx for a message.</summary>
    Reply,

    /// <summary>The connection is closed without a word.</summary>
    Close,

    /// <summary>The connection is reset (RST).</summary>
    Reset,
}
