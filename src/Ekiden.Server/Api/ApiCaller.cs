using System.Security.Cryptography;
using System.Text;
using Ekiden.Directory;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>Who makes a request: the operator with the admin token, or an account with one of its keys.</summary>
/// <param name="Account">
/// The account's id; null for the operator unless <c>X-Ekiden-Account</c> names one, and when it names none that
/// exists.
/// </param>
/// <param name="Key">The key's id; null for the operator.</param>
/// <param name="Scopes">What it may do.</param>
internal sealed record ApiCaller(string? Account, string? Key, KeyScopes Scopes)
{
    public bool IsAdmin => Scopes.HasFlag(KeyScopes.Admin);

    /// <summary>In logs and records: who asked.</summary>
    public string Name => Key ?? "operator";
}

/// <summary>Finds out who makes a request, by its bearer token.</summary>
internal sealed class ApiCallers(AccountDirectory directory, string adminToken)
{
    private const string Scheme = "Bearer ";
    private readonly byte[] _adminHash = SHA256.HashData(Encoding.UTF8.GetBytes(adminToken));

    /// <summary>Null when the token is missing or proves nothing.</summary>
    public ApiCaller? Identify(HttpRequest request)
    {
        var header = request.Headers.Authorization.ToString();
        if (!header.StartsWith(Scheme, StringComparison.OrdinalIgnoreCase)) return null;
        var token = header[Scheme.Length..].Trim();
        var isAdmin = CryptographicOperations.FixedTimeEquals(
            SHA256.HashData(Encoding.UTF8.GetBytes(token)), _adminHash);
        if (isAdmin) return new ApiCaller(ActingFor(request, null), null, (KeyScopes)(-1));
        if (directory.Current.FindKeyBySecret(token) is not { } key) return null;
        var account = key.Scopes.HasFlag(KeyScopes.Admin) ? ActingFor(request, key.AccountId) : key.AccountId;
        return new ApiCaller(account, key.Id, key.Scopes);
    }

    // A name that nobody has must not become the caller's own account.
    private string? ActingFor(HttpRequest request, string? own) =>
        request.Headers["X-Ekiden-Account"].ToString() is { Length: > 0 } name
            ? directory.Current.FindAccount(name)?.Id
            : own;
}
