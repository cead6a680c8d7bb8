using Ekiden.Contracts;

namespace Ekiden.Cli.Api;

/// <summary>The problems that the command line finds by itself, in the form of the server's.</summary>
internal static class Problems
{
    public static Problem NotRunning(Uri address, string why) => new()
    {
        Title = "The server does not answer",
        Status = 0,
        Code = "server_not_running",
        Retryable = true,
        Detail = $"Nothing answers at {address}: is `ekiden serve` running? ({why})",
    };

    public static Problem NotEkiden(Uri address) => new()
    {
        Title = "Not an answer of Ekiden",
        Status = 0,
        Code = "invalid_response",
        Detail = $"What answers at {address} is not this version of Ekiden",
    };

    public static Problem NoSettings(string why) => new()
    {
        Title = "No settings",
        Status = 0,
        Code = "settings_not_found",
        Detail = why,
    };

    public static Problem NoToken(string why) => new()
    {
        Title = "No key",
        Status = 0,
        Code = "unauthorized",
        Detail = why,
    };

    public static Problem Unreadable(string what, string why) => new()
    {
        Title = "Cannot read or write a file",
        Status = 0,
        Code = "file_error",
        Detail = $"{what}: {why}",
    };

    public static Problem WrongUsage(string why) => new()
    {
        Title = "Wrong usage",
        Status = 0,
        Code = "wrong_usage",
        Detail = why,
    };
}
