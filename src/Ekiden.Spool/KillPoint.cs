using System.Diagnostics;
using System.Globalization;

namespace Ekiden.Spool;

/// <summary>
/// Moments at which a crash test ends the process by SIGKILL: <c>KILLPOINT=name:count</c> in the environment kills it
/// at the count-th pass of that name. Without the variable a pass costs one comparison.
/// </summary>
/// <remarks>reliability.md §4.3, level LV1. The names are those of the calls of <see cref="Pass"/>.</remarks>
public static class KillPoint
{
    private static readonly (string Name, int Count)? Asked = Read(Environment.GetEnvironmentVariable("KILLPOINT"));
    private static int _passes;

    /// <summary>The process is at this moment now.</summary>
    public static void Pass(string name)
    {
        if (Asked is not { } asked || asked.Name != name) return;
        if (Interlocked.Increment(ref _passes) == asked.Count) Process.GetCurrentProcess().Kill();
    }

    private static (string, int)? Read(string? text) =>
        text?.Split(':') is [var name, var count] && int.TryParse(count, CultureInfo.InvariantCulture, out var number)
            ? (name, number)
            : null;
}
