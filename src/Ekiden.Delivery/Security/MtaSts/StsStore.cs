using System.Globalization;
using System.Text;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Delivery.Security.MtaSts;

/// <summary>
/// Fetched policies on disk, a file for each domain, so that a restart while DNS or HTTPS is down weakens nothing
/// (RFC 8461 §10.2).
/// </summary>
/// <remarks>A file holds <c>id</c>, the time of the fetch in Unix seconds, and the policy as it was served.</remarks>
internal sealed class StsStore
{
    private const string Suffix = ".policy";

    private readonly string _directory;

    /// <summary>A store in a directory, which is made when it is not there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public StsStore(string directory)
    {
        _directory = directory;
        DurableFile.CreateDirectory(directory);
    }

    /// <summary>Every policy that can be read; files that cannot are left alone.</summary>
    public IEnumerable<(string Domain, CachedPolicy Policy)> ReadAll()
    {
        foreach (var path in System.IO.Directory.EnumerateFiles(_directory, "*" + Suffix))
        {
            var domain = Path.GetFileName(path)[..^Suffix.Length];
            if (TryRead(File.ReadAllBytes(path)) is { } policy) yield return (domain, policy);
        }
    }

    /// <summary>Keeps a policy; whole on disk when it returns.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(string domain, CachedPolicy policy, ReadOnlyMemory<byte> body)
    {
        var head = string.Create(
            CultureInfo.InvariantCulture, $"{policy.Id}\n{policy.FetchedAt.ToUnixTimeSeconds()}\n");
        DurableFile.Write(PathOf(domain), (byte[])[.. Encoding.ASCII.GetBytes(head), .. body.Span]);
    }

    /// <summary>Forgets a policy.</summary>
    public void Delete(string domain) => File.Delete(PathOf(domain));

    // A domain in its one form holds letters, digits, hyphens and single dots: never a way out of the directory.
    private string PathOf(string domain) => DomainName.TryNormalize(domain, out var normal)
        ? Path.Join(_directory, normal + Suffix)
        : throw new ArgumentException("not a domain", nameof(domain));

    private static CachedPolicy? TryRead(ReadOnlySpan<byte> file)
    {
        var first = file.IndexOf((byte)'\n');
        if (first < 0) return null;
        var second = file[(first + 1)..].IndexOf((byte)'\n') + first + 1;
        if (second <= first) return null;
        var id = Encoding.ASCII.GetString(file[..first]);
        var isTime = long.TryParse(
            file[(first + 1)..second], NumberStyles.None, CultureInfo.InvariantCulture, out var fetchedAt);
        isTime &= fetchedAt <= DateTimeOffset.MaxValue.ToUnixTimeSeconds();
        return isTime && StsPolicyParser.TryParse(file[(second + 1)..], out var policy, out _)
            ? new CachedPolicy(policy, id, DateTimeOffset.FromUnixTimeSeconds(fetchedAt))
            : null;
    }
}

/// <summary>A policy, and since when it is ours.</summary>
/// <param name="Policy">What it says.</param>
/// <param name="Id">Of the record that led to it.</param>
/// <param name="FetchedAt">When it was last fetched.</param>
internal sealed record CachedPolicy(StsPolicy Policy, string Id, DateTimeOffset FetchedAt)
{
    /// <summary>Until then it is in force, whatever DNS or HTTPS say: RFC 8461 §3.2.</summary>
    public DateTimeOffset ExpiresAt => FetchedAt + Policy.MaxAge;
}
