using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary>A certificate with its chain, and its key: both PEM.</summary>
/// <param name="Chain">The certificate first, then those that lead to a root.</param>
/// <param name="Key">Not encrypted.</param>
public sealed record CertificateSource(SecretSource Chain, SecretSource Key)
{
    /// <summary>
    /// Null when the section names none, or a wrong one. Reads the files, so that mistakes show at once.
    /// </summary>
    internal static CertificateSource? Read(SettingsSection section)
    {
        var chain = section.Find("certificate", SecretSource.Form);
        var key = section.Find("key", SecretSource.Form);
        if (section.Has("certificate") != section.Has("key"))
        {
            var (here, missing) = section.Has("key") ? ("key", "certificate") : ("certificate", "key");
            section.Error(here, $"needs {missing} beside it");
        }
        if (chain is null || key is null) return null;
        var (chainText, keyText) = (ReadText(section, "certificate", chain), ReadText(section, "key", key));
        if (chainText is null || keyText is null) return null;
        try
        {
            using var certificate = X509Certificate2.CreateFromPem(chainText, keyText);
            return new CertificateSource(chain, key);
        }
        catch (Exception trouble) when (trouble is CryptographicException or ArgumentException)
        {
            section.Error("certificate", $"no PEM certificate that fits its key: {trouble.Message}");
            return null;
        }
    }

    private static string? ReadText(SettingsSection section, string key, SecretSource source)
    {
        try
        {
            return source.Read();
        }
        catch (Exception trouble) when (trouble is IOException or UnauthorizedAccessException)
        {
            section.Error(key, trouble.Message);
            return null;
        }
    }
}
