using System.Collections.Immutable;
using System.Net;

namespace Ekiden.MailAuth.Spf;

/// <summary>A record without mistakes: RFC 7208 §4.6.1.</summary>
/// <param name="Directives">In order; the first that matches decides.</param>
/// <param name="Redirect">Where to go on when none matches; null ends with neutral.</param>
/// <param name="Explanation">Where the text for refused clients is.</param>
internal sealed record SpfRecord(
    ImmutableArray<SpfDirective> Directives, MacroString? Redirect, MacroString? Explanation);

/// <summary>One directive.</summary>
/// <param name="Result">What a match means: pass, fail, softfail or neutral.</param>
/// <param name="Mechanism">When it matches.</param>
/// <param name="Text">As published.</param>
internal sealed record SpfDirective(SpfResult Result, SpfMechanism Mechanism, string Text);

/// <summary>A test of the client: RFC 7208 §5.</summary>
internal abstract record SpfMechanism
{
    private SpfMechanism() { } // closed: every case is below

    /// <summary>Always: §5.1.</summary>
    internal sealed record All : SpfMechanism;

    /// <summary>Another domain's record lets the client pass: §5.2.</summary>
    internal sealed record Include(MacroString Domain) : SpfMechanism;

    /// <summary>An address of the domain: §5.3. Null is the domain itself.</summary>
    internal sealed record Address(MacroString? Domain, PrefixLengths Prefix) : SpfMechanism;

    /// <summary>An address of one of the domain's mail exchangers: §5.4.</summary>
    internal sealed record Exchanger(MacroString? Domain, PrefixLengths Prefix) : SpfMechanism;

    /// <summary>A validated name of the client is in the domain: §5.5.</summary>
    internal sealed record Pointer(MacroString? Domain) : SpfMechanism;

    /// <summary>The client is in a network: §5.6.</summary>
    internal sealed record Network(IPAddress First, int Prefix) : SpfMechanism;

    /// <summary>The name has an IPv4 address: §5.7.</summary>
    internal sealed record Exists(MacroString Domain) : SpfMechanism;
}

/// <summary>How many bits of an address count, by family.</summary>
internal readonly record struct PrefixLengths(int IPv4, int IPv6);
