using System.Diagnostics.CodeAnalysis;
using System.Net;
using System.Text;

namespace Ekiden.Delivery.Local;

/// <summary>Where mail stays: DESIGN M4.</summary>
public abstract record LocalStore
{
    private LocalStore() { } // closed: every case is below

    /// <summary>A server that speaks LMTP (RFC 2033), such as Dovecot.</summary>
    /// <param name="SocketPath">Its Unix socket; null for <paramref name="Address"/>.</param>
    /// <param name="Address">Its address; null for <paramref name="SocketPath"/>.</param>
    public sealed record Lmtp(string? SocketPath, IPEndPoint? Address) : LocalStore;

    /// <summary>Maildirs of this machine.</summary>
    /// <param name="Path">An absolute path with <c>{domain}</c> and <c>{local}</c>.</param>
    public sealed record Maildir(MaildirPath Path) : LocalStore;

    /// <summary>Reads <c>unix:/run/dovecot/lmtp</c>, <c>127.0.0.1:24</c> or <c>[::1]:24</c>.</summary>
    public static bool TryParseLmtp(string text, [NotNullWhen(true)] out LocalStore? store)
    {
        store = null;
        if (text.StartsWith("unix:", StringComparison.Ordinal))
        {
            // sun_path of Linux holds 107 characters and a zero.
            var path = text["unix:".Length..];
            if (path.StartsWith('/') && Encoding.UTF8.GetByteCount(path) <= 107) store = new Lmtp(path, null);
        }
        else if (text.Contains(':', StringComparison.Ordinal) && IPEndPoint.TryParse(text, out var address)
            && address.Port > 0)
        {
            store = new Lmtp(null, address);
        }
        return store is not null;
    }

    /// <summary>Reads <c>/var/mail/{domain}/{local}</c>.</summary>
    public static bool TryParseMaildir(string text, [NotNullWhen(true)] out LocalStore? store)
    {
        store = MaildirPath.TryParse(text, out var path) ? new Maildir(path) : null;
        return store is not null;
    }
}
