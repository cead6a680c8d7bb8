using System.Net.Security;
using Ekiden.Server.Settings;
using Microsoft.Extensions.Logging;

namespace Ekiden.Server.Hosting;

/// <summary>The certificate in force; a reload replaces it for the next handshake.</summary>
internal sealed partial class CertificateStore
{
    private readonly DataDirectory _data;
    private readonly TimeProvider _clock;
    private readonly ILogger _logger;
    private volatile SslStreamCertificateContext _current;

    public CertificateStore(EkidenSettings settings, DataDirectory data, TimeProvider clock,
        ILogger<CertificateStore> logger)
    {
        _data = data;
        _clock = clock;
        _logger = logger;
        _current = Load(settings);
    }

    /// <summary>The certificate for a host name (SNI): there is one for all.</summary>
    public SslStreamCertificateContext Select(string? hostName) => _current;

    /// <summary>Reads the files again.</summary>
    public void Reload(EkidenSettings settings) => _current = Load(settings);

    private SslStreamCertificateContext Load(EkidenSettings settings)
    {
        if (settings.Tls is { } source) return Certificates.Read(source.Chain.Read(), source.Key.Read());
        Log.SelfSigned(_logger, settings.Server.HostName);
        return Certificates.SelfSigned(_data, settings.Server.HostName, _clock);
    }

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, EventName = "self_signed",
            Message = "[tls] names no certificate: listeners show a self-signed one for {HostName}")]
        public static partial void SelfSigned(ILogger logger, string hostName);
    }
}
