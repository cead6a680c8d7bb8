namespace Ekiden.Cli.Sendmail;

/// <summary>What callers of <c>sendmail</c> understand: sysexits.h.</summary>
internal static class SysExits
{
    public const int Ok = 0;
    public const int Usage = 64;
    public const int DataError = 65;
    public const int NoUser = 67;
    public const int Unavailable = 69;
    public const int Software = 70;

    /// <summary>Try again later.</summary>
    public const int TemporaryFailure = 75;

    public const int NoPermission = 77;
    public const int Configuration = 78;
}
