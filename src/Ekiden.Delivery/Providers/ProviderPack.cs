using System.Collections.Immutable;

namespace Ekiden.Delivery.Providers;

/// <summary>What is known of one provider: one TOML file, ours or the operator's.</summary>
/// <param name="Name">A short word, such as <c>gmail</c>; the file's name.</param>
/// <param name="Version">Counts changes of the pack.</param>
public sealed record ProviderPack(string Name, int Version)
{
    /// <summary>The pack for everybody that no other pack knows.</summary>
    public const string DefaultName = "default";

    /// <summary>MX hosts below these names are the provider's; lower case, no dot at either end.</summary>
    public ImmutableArray<string> MxSuffixes { get; init; } = [];

    /// <summary>Domains of or below these names are the provider's, where the MX hosts do not tell.</summary>
    public ImmutableArray<string> DomainSuffixes { get; init; } = [];

    /// <summary>Where a lane begins and where it ends.</summary>
    public ProviderLimits Limits { get; init; } = new();

    /// <summary>How a lane grows; null: as DESIGN §11 says for everybody.</summary>
    public GrowthRule? Growth { get; init; }

    /// <summary>By which family of addresses; the source must have one.</summary>
    public ProviderFamily Family { get; init; }

    /// <summary>
    /// A TCP reset, at connect or in the session, is this provider's way to throttle; no network fault.
    /// </summary>
    public bool ResetMeansThrottled { get; init; }

    /// <summary>The first rule that matches tells what a reply means.</summary>
    public ImmutableArray<ReplyRule> Rules { get; init; } = [];
}

/// <summary>Numbers of one lane: one source to one site of the provider. Null: no such limit.</summary>
public sealed record ProviderLimits
{
    /// <summary>Connections to begin with; at least 1.</summary>
    public int StartConnections { get; init; } = 2;

    /// <summary>Connections at most; at least <see cref="StartConnections"/>.</summary>
    public int MaxConnections { get; init; } = 20;

    /// <summary>
    /// Where growth may go on beyond <see cref="MaxConnections"/> while each step pays and nothing is refused; never
    /// less than that.
    /// </summary>
    public int StretchConnections { get; init; } = 20;

    /// <summary>Transactions on one connection; at least 1.</summary>
    public int MessagesPerConnection { get; init; } = 100;

    /// <summary>Recipients of one transaction; at least 1.</summary>
    public int RecipientsPerTransaction { get; init; } = 100;

    /// <summary>Recipients on one connection, all its transactions together; at least 1.</summary>
    public int? RecipientsPerConnection { get; init; }

    /// <summary>Transactions per second to begin with.</summary>
    public double? StartRate { get; init; }

    /// <summary>Transactions per second at most.</summary>
    public double? MaxRate { get; init; }

    /// <summary>Connections opened per minute at most.</summary>
    public double? ConnectionsPerMinute { get; init; }
}

/// <summary>Growth in steps: so much of what there is, after so long without a refusal.</summary>
/// <param name="Share">More than 0; 0.2 is + 20 %.</param>
/// <param name="Every">More than zero.</param>
public sealed record GrowthRule(double Share, TimeSpan Every);

/// <summary>By which family of addresses a provider is spoken to.</summary>
public enum ProviderFamily : byte
{
    /// <summary>Both, as the source may.</summary>
    Any,

    /// <summary>IPv4 only.</summary>
    IPv4,

    /// <summary>IPv6 only.</summary>
    IPv6,
}
