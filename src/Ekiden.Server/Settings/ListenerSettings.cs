using System.Collections.Immutable;
using System.Net;
using Ekiden.Toml;
using Ekiden.Smtp.Server;

namespace Ekiden.Server.Settings;

/// <summary>One <c>[[listener]]</c> that speaks SMTP.</summary>
public sealed record ListenerSettings
{
    /// <summary><c>name</c>, for logs and metrics; unique. Default: the role.</summary>
    public required string Name { get; init; }

    /// <summary><c>address</c>; port 0 lets the system choose.</summary>
    public required IPEndPoint Address { get; init; }

    /// <summary><c>role</c>: what it is for.</summary>
    public required ListenerRole Role { get; init; }

    /// <summary><c>tls</c>. Default: <c>starttls</c>, on port 465 <c>implicit</c>.</summary>
    public required ListenerTls Tls { get; init; }

    /// <summary><c>allow</c>: the client networks of a relay listener. Empty: it relays for nobody.</summary>
    public ImmutableArray<IPNetwork> Allow { get; init; } = [];

    /// <summary>
    /// <c>account</c>: whose mail it is where nobody signs in. A name or id. Default: <c>default</c>.
    /// </summary>
    public string Account { get; init; } = "default";

    /// <summary><c>allow_plaintext_auth</c>: AUTH without TLS; only ever true on loopback.</summary>
    public bool AllowPlaintextAuth { get; init; }

    /// <summary>
    /// <c>trusted_proxies</c>: from these networks every connection starts with a PROXY protocol v2 header.
    /// </summary>
    public ImmutableArray<IPNetwork> TrustedProxies { get; init; } = [];

    private enum RoleWord
    {
        Submission,
        Relay,
        Inbound,
        Links,
    }

    /// <summary>Null when the listener is wrong, or of a role that does not exist yet.</summary>
    internal static ListenerSettings? Read(SettingsSection section)
    {
        var role = ReadRole(section);
        var address = section.Require("address", SettingsForms.EndPoint);
        var usualTls = address?.Port == 465 ? ListenerTls.Implicit : ListenerTls.StartTls;
        var listener = new ListenerSettings
        {
            Name = section.Get("name", SettingsForms.Text, role?.ToString().ToLowerInvariant() ?? ""),
            Address = address ?? new IPEndPoint(IPAddress.None, 0),
            Role = role ?? ListenerRole.Submission,
            Tls = section.Get("tls", SettingsForms.OneOf(
                ("starttls", ListenerTls.StartTls), ("implicit", ListenerTls.Implicit), ("none", ListenerTls.None)),
                usualTls),
            Allow = section.List("allow", SettingsForms.Network),
            Account = section.Get("account", SettingsForms.Text, "default"),
            AllowPlaintextAuth = section.Get("allow_plaintext_auth", SettingsForms.Flag, false),
            TrustedProxies = section.List("trusted_proxies", SettingsForms.Network),
        };
        section.Finish();
        if (role is null || address is null) return null;
        CheckClients(section, listener);
        CheckSignIn(section, listener);
        return listener;
    }

    private static ListenerRole? ReadRole(SettingsSection section)
    {
        if (!section.Has("role")) section.Error("role", "is missing; expected submission, relay, inbound or links");
        var role = section.FindValue("role", SettingsForms.OneOf(
            ("submission", RoleWord.Submission), ("relay", RoleWord.Relay), ("inbound", RoleWord.Inbound),
            ("links", RoleWord.Links)));
        if (role is RoleWord.Links)
            section.NotYet("role", "this listener stays closed until there are unsubscribe and tracking links");
        return role switch
        {
            RoleWord.Submission => ListenerRole.Submission,
            RoleWord.Relay => ListenerRole.Relay,
            RoleWord.Inbound => ListenerRole.Inbound,
            _ => null,
        };
    }

    private static void CheckClients(SettingsSection section, ListenerSettings listener)
    {
        if (listener.Role != ListenerRole.Relay)
        {
            if (section.Has("allow")) section.Error("allow", "is for role = \"relay\" only");
            return;
        }
        if (listener.Allow.IsEmpty)
            section.Warn("allow", "is missing or empty: this listener relays for nobody");
        if (listener.Allow.Any(network => network.PrefixLength == 0))
            section.Warn("allow", "lets everybody relay: an open relay is on blocklists within hours");
    }

    private static void CheckSignIn(SettingsSection section, ListenerSettings listener)
    {
        if (listener.Role == ListenerRole.Submission && section.Has("account"))
            section.Error("account", "is for listeners where nobody signs in; on submission the key decides");
        if (listener.AllowPlaintextAuth && !IPAddress.IsLoopback(listener.Address.Address))
            section.Error("allow_plaintext_auth", "is for loopback tests; this address can be reached from outside");
        var cannotSignIn =
            listener is { Role: ListenerRole.Submission, Tls: ListenerTls.None, AllowPlaintextAuth: false };
        if (cannotSignIn)
            section.Error("tls", "nobody can sign in without TLS; on loopback allow_plaintext_auth = true lets them");
    }
}
