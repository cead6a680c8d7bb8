namespace Ekiden.Directory;

/// <summary>What a key may do: api.md §1.</summary>
[Flags]
public enum KeyScopes
{
    /// <summary>Nothing.</summary>
    None = 0,

    /// <summary>Hand in mail, by SMTP and HTTP.</summary>
    Send = 1,

    /// <summary>Hand in ready-made MIME by HTTP.</summary>
    SendRaw = 2,

    /// <summary>Read messages, events and statistics of its account.</summary>
    Read = 4,

    /// <summary>Change the account's suppression list.</summary>
    Suppressions = 8,

    /// <summary>Change the account's sender domains.</summary>
    Domains = 16,

    /// <summary>Everything, for every account.</summary>
    Admin = 32,

    /// <summary>A test key: what it sends is checked and reported, and never leaves.</summary>
    Test = 64,
}

/// <summary>The scopes in words, as the API, the command line and the database write them.</summary>
public static class KeyScopeNames
{
    private static readonly (string Name, KeyScopes Scope)[] Names =
    [
        ("send", KeyScopes.Send), ("send:raw", KeyScopes.SendRaw), ("read", KeyScopes.Read),
        ("suppressions", KeyScopes.Suppressions), ("domains", KeyScopes.Domains),
        ("admin", KeyScopes.Admin), ("test", KeyScopes.Test),
    ];

    /// <summary>Every name there is, for messages about a wrong one.</summary>
    public static IReadOnlyList<string> All { get; } = [.. Names.Select(entry => entry.Name)];

    /// <summary>The names of the scopes that are set, in the order of <see cref="All"/>.</summary>
    public static IReadOnlyList<string> ToNames(this KeyScopes scopes) =>
        [.. Names.Where(entry => scopes.HasFlag(entry.Scope)).Select(entry => entry.Name)];

    /// <summary>Reads one name; false when there is no such scope. Case counts.</summary>
    public static bool TryParse(string name, out KeyScopes scope)
    {
        scope = Array.Find(Names, entry => entry.Name == name).Scope;
        return scope != KeyScopes.None;
    }

    /// <summary>Reads names that spaces separate; names that are none count for nothing.</summary>
    internal static KeyScopes FromText(string text)
    {
        var scopes = KeyScopes.None;
        foreach (var name in text.Split(' '))
        {
            if (TryParse(name, out var scope)) scopes |= scope;
        }
        return scopes;
    }

    /// <summary>The names, separated by spaces.</summary>
    internal static string ToText(KeyScopes scopes) => string.Join(' ', scopes.ToNames());
}
