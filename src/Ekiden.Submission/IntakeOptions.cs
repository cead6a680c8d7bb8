using System.Collections.Frozen;
using Ekiden.Mail;
using Ekiden.Submission.Returns;

namespace Ekiden.Submission;

/// <summary>What the settings say about taking mail; replaced whole when they are reloaded.</summary>
public sealed record IntakeOptions
{
    /// <summary>Our name in <c>Received:</c> and in made-up Message-IDs: <c>[server] host_name</c>.</summary>
    public required string HostName { get; init; }

    /// <summary>
    /// A random word of this installation, in every <c>Received:</c> it writes, so that it knows its own.
    /// </summary>
    public required string InstallationId { get; init; }

    /// <summary>The domains whose mail ends here.</summary>
    public required LocalDomains Local { get; init; }

    /// <summary>Lifetime of mail that names no stream: <c>[delivery] lifetime</c>.</summary>
    public TimeSpan Lifetime { get; init; } = TimeSpan.FromDays(5);

    /// <summary>Lifetime of a notice: reliability.md §5.3.</summary>
    public TimeSpan NoticeLifetime { get; init; } = TimeSpan.FromDays(2);

    /// <summary>
    /// The lifetime of each stream by its name; "transactional" and "bulk" are always there: DESIGN §11.
    /// </summary>
    public FrozenDictionary<string, TimeSpan> Streams { get; init; } = DefaultStreams;

    /// <summary>Clients' addresses and names are left out of <c>Received:</c> for our own users.</summary>
    public bool HidesClients { get; init; }

    /// <summary>The return addresses of the bounce domain; null: return paths are kept as they are.</summary>
    public ReturnAddresses? Returns { get; init; }

    /// <summary>Mail that came by SMTP gets a return address too; mail of the API always does.</summary>
    public bool RewritesSmtp { get; init; }

    /// <summary>
    /// The postmaster of this host, whom <c>&lt;postmaster&gt;</c> means (RFC 5321 §4.5.1), and that of the bounce
    /// domain, while there is a local domain where somebody reads it.
    /// </summary>
    internal bool IsOwnPostmaster(Mailbox address) =>
        Local.PostmasterDomain is not null
        && (Returns?.Covers(address) == true && !Local.Contains(address.Domain)
            ? address.LocalPart.ToLowerInvariant() is "postmaster" or "abuse"
            : address.LocalPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase)
                && address.Domain.Equals(HostName, StringComparison.OrdinalIgnoreCase));

    /// <summary>Transactional 24 hours, bulk 48 hours.</summary>
    public static FrozenDictionary<string, TimeSpan> DefaultStreams { get; } = new Dictionary<string, TimeSpan>
    {
        ["transactional"] = TimeSpan.FromHours(24),
        ["bulk"] = TimeSpan.FromHours(48),
    }.ToFrozenDictionary(StringComparer.Ordinal);
}
