using System.Diagnostics.CodeAnalysis;

namespace Ekiden.MailAuth.Dkim;

/// <summary>A key as it is published: RFC 6376 §3.6.1, RFC 8463 §4.</summary>
/// <param name="Algorithm">What the key is for (<c>k=</c>).</param>
/// <param name="Data">The key itself (<c>p=</c>), never empty.</param>
/// <param name="IsTesting">The domain only tries DKIM (<c>t=y</c>).</param>
/// <param name="IsStrict">The identity must be the domain itself (<c>t=s</c>).</param>
internal sealed record KeyRecord(DkimAlgorithm Algorithm, byte[] Data, bool IsTesting, bool IsStrict)
{
    /// <summary>Reads a record; false says why it cannot be used for mail signed with SHA-256.</summary>
    internal static bool TryParse(
        string text, [NotNullWhen(true)] out KeyRecord? record, [NotNullWhen(false)] out string? why)
    {
        record = null;
        why = "the key record cannot be read";
        // line ends that a zone file brought along are blanks to everybody
        if (!TagList.TryParse(text.Replace('\r', ' ').Replace('\n', ' '), out var tags)) return false;
        if (tags.Find("v") is { } version && (version != "DKIM1" || tags.FirstName != "v")) return false;
        if (tags.Find("p") is not { } key) return false;
        if (key.Length == 0)
        {
            why = "the key was revoked (p=)";
            return false;
        }
        if (!TagList.TryDecode(key, out var data) || data.Length == 0) return false;

        why = "the key is of a kind that is not known (k=)";
        DkimAlgorithm algorithm;
        if (tags.Find("k") is not { } kind || Is(kind, "rsa")) algorithm = DkimAlgorithm.RsaSha256;
        else if (Is(kind, "ed25519")) algorithm = DkimAlgorithm.Ed25519Sha256;
        else return false;

        why = "the key is not for SHA-256 (h=)";
        if (tags.Find("h") is { } hashes && !Words(hashes).Any(word => Is(word, "sha256"))) return false;
        why = "the key is not for mail (s=)";
        if (tags.Find("s") is { } services && !Words(services).Any(IsForMail)) return false;

        var flags = Words(tags.Find("t") ?? "");
        record = new KeyRecord(algorithm, data, flags.Contains("y"), flags.Contains("s"));
        why = null;
        return true;
    }

    private static bool IsForMail(string service) => service == "*" || Is(service, "email");

    private static string[] Words(string list) => list.Split(':', StringSplitOptions.TrimEntries);

    private static bool Is(string text, string word) => text.Equals(word, StringComparison.OrdinalIgnoreCase);
}
