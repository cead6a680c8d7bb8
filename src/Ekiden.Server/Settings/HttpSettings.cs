using System.Collections.Immutable;
using System.Net;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[http]</c>: API, metrics and health.</summary>
public sealed record HttpSettings
{
    /// <summary><c>address</c>; port 0 lets the system choose. Default: 127.0.0.1:8025.</summary>
    public IPEndPoint Address { get; init; } = new(IPAddress.Loopback, 8025);

    /// <summary><c>certificate</c> and <c>key</c>: HTTPS instead of HTTP. Null: HTTP.</summary>
    public CertificateSource? Certificate { get; init; }

    /// <summary><c>trusted_proxies</c>: whose X-Forwarded-For is believed.</summary>
    public ImmutableArray<IPNetwork> TrustedProxies { get; init; } = [];

    /// <summary>
    /// <c>public_url</c>: how the world reaches this server, for links in mail and answers; null: not at all.
    /// </summary>
    public Uri? PublicUrl { get; init; }

    internal static HttpSettings Read(SettingsSection section)
    {
        var settings = new HttpSettings
        {
            Address = section.Get("address", SettingsForms.EndPoint, new IPEndPoint(IPAddress.Loopback, 8025)),
            Certificate = CertificateSource.Read(section),
            TrustedProxies = section.List("trusted_proxies", SettingsForms.Network),
            PublicUrl = section.Find(
                "public_url", SettingsForms.OfText<Uri>("a URL such as \"https://mail.example.jp\"", TryUrl)),
        };
        section.Finish();
        if (settings.Certificate is null && !IPAddress.IsLoopback(settings.Address.Address))
            section.Warn("address", "can be reached from outside without TLS: tokens and mail travel in clear");
        return settings;
    }

    private static bool TryUrl(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Uri? url) =>
        Uri.TryCreate(text, UriKind.Absolute, out url) && url.Scheme is "http" or "https";
}
