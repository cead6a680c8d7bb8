namespace Ekiden.Directory;

/// <summary>How a change of the directory ended. Only <see cref="Done"/> changed anything.</summary>
/// <typeparam name="T">What was changed or made.</typeparam>
public abstract record DirectoryResult<T>
{
    private DirectoryResult() { } // closed: every case is below

    /// <summary>It is on stable storage and in <see cref="AccountDirectory.Current"/>.</summary>
    public sealed record Done(T Value) : DirectoryResult<T>;

    /// <summary>There is no such thing.</summary>
    /// <param name="Kind">"account", "key" or "domain".</param>
    /// <param name="Name">The name or id that was asked for.</param>
    public sealed record NotFound(string Kind, string Name) : DirectoryResult<T>;

    /// <summary>Somebody else has it.</summary>
    /// <param name="Kind">"account" or "domain".</param>
    /// <param name="Name">The name that was asked for.</param>
    public sealed record Taken(string Kind, string Name) : DirectoryResult<T>;

    /// <summary>A value is not one.</summary>
    /// <param name="Field">Which, in the words of the API: "name", "domain", "quota", "scopes", "expires_at".</param>
    /// <param name="Why">For people, one sentence.</param>
    public sealed record Invalid(string Field, string Why) : DirectoryResult<T>;
}
