using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Net;
using Ekiden.Delivery.Local;
using Ekiden.Mail;
using Ekiden.Toml;
using Ekiden.Smtp.Client;

namespace Ekiden.Server.Settings;

/// <summary>One <c>[[route]]</c>: asked before MX, the first that matches wins.</summary>
public sealed record StaticRouteSettings
{
    private static readonly SettingsForm<LocalStore> Socket = SettingsForms.OfText<LocalStore>(
        "a socket such as \"unix:/run/dovecot/lmtp\" or \"127.0.0.1:24\"", LocalStore.TryParseLmtp);

    private static readonly SettingsForm<LocalStore> Folder = SettingsForms.OfText<LocalStore>(
        "an absolute path with {local}, such as \"/var/mail/{domain}/{local}\"", LocalStore.TryParseMaildir);

    /// <summary>
    /// <c>match</c>: a domain, <c>*.suffix</c> for the domains below it, or <c>*</c>; lower-case A-labels.
    /// </summary>
    public required string Match { get; init; }

    /// <summary><c>hosts</c>, best first; empty where <see cref="Via"/> is not SMTP.</summary>
    public ImmutableArray<HostAndPort> Hosts { get; init; } = [];

    /// <summary><c>tls</c>. Default: opportunistic, with a user name verified.</summary>
    public TlsLevel Tls { get; init; } = TlsLevel.Opportunistic;

    /// <summary><c>via</c>: by which protocol.</summary>
    public RouteProtocol Via { get; init; } = RouteProtocol.Smtp;

    /// <summary>What <c>path</c> names: a socket, an address or Maildirs; null with SMTP.</summary>
    public LocalStore? Store { get; init; }

    /// <summary><c>username</c> to sign in with; null does not.</summary>
    public string? Username { get; init; }

    /// <summary><c>password</c>; there when <see cref="Username"/> is.</summary>
    public SecretSource? Password { get; init; }

    /// <summary><c>connections</c> at once; null: 20.</summary>
    public int? Connections { get; init; }

    /// <summary><c>rate</c>: messages a second; null: no limit.</summary>
    public double? Rate { get; init; }

    /// <summary><c>messages_per_connection</c>; null: the usual.</summary>
    public int? MessagesPerConnection { get; init; }

    /// <summary>
    /// Does it hold for this domain (lower-case A-labels)? <c>*.example.org</c> does not for <c>example.org</c>.
    /// </summary>
    public bool Matches(string domain) => Match == "*" || (Match.StartsWith("*.", StringComparison.Ordinal)
        ? domain.EndsWith(Match[1..], StringComparison.Ordinal) && domain.Length > Match.Length - 1
        : domain == Match);

    internal static StaticRouteSettings? Read(SettingsSection section)
    {
        var match = section.Require("match", SettingsForms.OfText<string>(
            "a domain, \"*.example.org\" for those below it, or \"*\" for all", TryPattern));
        var username = section.Find("username", SettingsForms.Text);
        var via = section.Get("via", SettingsForms.OneOf(
            ("smtp", RouteProtocol.Smtp), ("lmtp", RouteProtocol.Lmtp), ("maildir", RouteProtocol.Maildir)),
            RouteProtocol.Smtp);
        var route = new StaticRouteSettings
        {
            Match = match ?? "",
            Hosts = section.List("hosts", SettingsForms.OfText<HostAndPort>(
                "a host such as \"10.0.0.5:25\", \"[2001:db8::5]:25\" or \"smtp.example.org:587\"",
                HostAndPort.TryParse)),
            Tls = section.Get("tls", SettingsForms.OneOf(
                ("none", TlsLevel.None), ("opportunistic", TlsLevel.Opportunistic), ("required", TlsLevel.Required),
                ("verified", TlsLevel.Verified)), username is null ? TlsLevel.Opportunistic : TlsLevel.Verified),
            Via = via,
            Store = via switch
            {
                RouteProtocol.Lmtp => section.Find("path", Socket),
                RouteProtocol.Maildir => section.Find("path", Folder),
                _ => null,
            },
            Username = username,
            Password = section.Find("password", SecretSource.Form),
            Connections = section.FindValue("connections", SettingsForms.Whole(1, 10_000)),
            Rate = section.FindValue("rate", SettingsForms.Positive),
            MessagesPerConnection = section.FindValue("messages_per_connection", SettingsForms.Whole(1, 1_000_000)),
        };
        if (via == RouteProtocol.Smtp && section.Has("path"))
            section.Error("path", "is for via = \"lmtp\" or \"maildir\"");
        section.Finish();
        Check(section, route);
        return match is null ? null : route;
    }

    private static void Check(SettingsSection section, StaticRouteSettings route)
    {
        if (route.Via == RouteProtocol.Smtp)
        {
            if (!section.Has("hosts")) section.Error("hosts", "is missing; expected [\"10.0.0.5:25\"]");
            else if (route.Hosts.IsEmpty) section.Error("hosts", "names no host");
        }
        else
        {
            var via = route.Via.ToString().ToLowerInvariant();
            if (!section.Has("path")) section.Error("path", $"is missing; via = \"{via}\" needs it");
            if (section.Has("hosts")) section.Error("hosts", "is for via = \"smtp\"");
            if (section.Has("tls")) section.Error("tls", $"is for via = \"smtp\"");
            if (section.Has("username")) section.Error("username", "is for via = \"smtp\"");
        }
        if (section.Has("username") != section.Has("password"))
            section.Error(section.Has("username") ? "username" : "password", "username and password go together");
        if (route.Username is not null && route.Tls != TlsLevel.Verified)
            section.Error("tls", "signing in needs tls = \"verified\", or the password goes to whoever answers");
    }

    private static bool TryPattern(string text, [NotNullWhen(true)] out string? pattern)
    {
        var isBelow = text.StartsWith("*.", StringComparison.Ordinal);
        pattern = text == "*" ? text : null;
        if (pattern is null && DomainName.TryNormalize(isBelow ? text.AsSpan(2) : text, out var domain))
            pattern = isBelow ? "*." + domain : domain;
        return pattern is not null;
    }
}

/// <summary>By which protocol a route hands mail over.</summary>
public enum RouteProtocol
{
    /// <summary>SMTP to <c>hosts</c>.</summary>
    Smtp,

    /// <summary>LMTP to the socket at <c>path</c>.</summary>
    Lmtp,

    /// <summary>Into the Maildir at <c>path</c>.</summary>
    Maildir,
}

/// <summary>A host of a route.</summary>
/// <param name="Host">A domain name in A-labels, or an address.</param>
/// <param name="Port">1 to 65535; 25 when none is written.</param>
public sealed record HostAndPort(string Host, int Port)
{
    /// <summary>As it is written in settings, IPv6 in brackets.</summary>
    public override string ToString() => Host.Contains(':', StringComparison.Ordinal)
        ? string.Create(CultureInfo.InvariantCulture, $"[{Host}]:{Port}")
        : string.Create(CultureInfo.InvariantCulture, $"{Host}:{Port}");

    internal static bool TryParse(string text, [NotNullWhen(true)] out HostAndPort? result)
    {
        result = null;
        var colon = text.LastIndexOf(':');
        var hasPort = colon > 0 && (text[0] != '[' || text[colon - 1] == ']');
        var port = 25;
        if (hasPort && !TryPort(text[(colon + 1)..], out port)) return false;
        if (TryHost(hasPort ? text[..colon] : text) is not { } host) return false;
        result = new HostAndPort(host, port);
        return true;
    }

    private static bool TryPort(string text, out int port) =>
        int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out port) && port is >= 1 and <= 65535;

    private static string? TryHost(string text)
    {
        if (text.StartsWith('['))
            return text.EndsWith(']') && IPAddress.TryParse(text[1..^1], out var address) ? address.ToString() : null;
        if (!DomainName.TryNormalize(text, out var name)) return null;
        // What looks like an IPv4 address must be one, written in full.
        var isNumeric = name.All(letter => char.IsAsciiDigit(letter) || letter == '.');
        var isAddress = name.Count(letter => letter == '.') == 3 && IPAddress.TryParse(name, out _);
        return !isNumeric || isAddress ? name : null;
    }
}
