using System.Diagnostics.CodeAnalysis;
using Ekiden.Mail;

namespace Ekiden.Delivery.Local;

/// <summary>Where the Maildirs are: a folder of the operator, and below it folders that addresses name.</summary>
public sealed record MaildirPath
{
    private const int MaxFolderBytes = 255; // NAME_MAX

    private readonly string[] _below;

    private MaildirPath(string root, string[] below) => (Root, _below) = (root, below);

    /// <summary>The folders before the first that an address names: the operator's, links allowed.</summary>
    public string Root { get; }

    /// <summary>Reads an absolute path in which <c>{local}</c> and, where it matters, <c>{domain}</c> stand.</summary>
    public static bool TryParse(string text, [NotNullWhen(true)] out MaildirPath? path)
    {
        path = null;
        if (!text.StartsWith('/') || !text.Contains("{local}", StringComparison.Ordinal)) return false;
        var folders = text.Split('/', StringSplitOptions.RemoveEmptyEntries);
        if (folders.Any(folder => folder is "." or ".." || folder.Any(char.IsControl))) return false;
        var first = Array.FindIndex(folders, folder => folder.Contains('{', StringComparison.Ordinal));
        path = new MaildirPath("/" + string.Join('/', folders[..first]), folders[first..]);
        return true;
    }

    /// <summary>
    /// The folders of an address below <see cref="Root"/>, the last of which is its Maildir; null when its name cannot
    /// be one of a folder. What follows a + belongs to the same mailbox (RFC 5233).
    /// </summary>
    public IReadOnlyList<string>? Of(Mailbox recipient)
    {
        var local = recipient.LocalPart.ToLowerInvariant();
        var plus = local.IndexOf('+', StringComparison.Ordinal);
        if (plus > 0) local = local[..plus];
        var folders = new string[_below.Length];
        for (var i = 0; i < folders.Length; i++)
        {
            folders[i] = _below[i].Replace("{local}", local, StringComparison.Ordinal)
                .Replace("{domain}", recipient.Domain, StringComparison.Ordinal);
            if (!IsName(folders[i])) return null;
        }
        return folders;
    }

    // One folder, neither hidden nor above, and nothing that ends a name early.
    private static bool IsName(string folder) =>
        folder.Length > 0 && folder[0] != '.' && !folder.Any(letter => letter is '/' or '\\' || char.IsControl(letter))
        && System.Text.Encoding.UTF8.GetByteCount(folder) <= MaxFolderBytes;
}
