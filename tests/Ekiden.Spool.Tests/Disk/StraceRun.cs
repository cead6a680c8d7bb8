using System.Diagnostics;
using System.Text.RegularExpressions;

namespace Ekiden.Spool.Tests.Disk;

/// <summary>
/// One run of <see cref="AppendFrames"/> under strace: what it printed, and its system calls in order.
/// </summary>
internal sealed partial class StraceRun
{
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(3);

    private StraceRun(int exitCode, string[] printed, SystemCall[] calls)
    {
        ExitCode = exitCode;
        Printed = printed;
        Calls = calls;
    }

    public int ExitCode { get; }

    public string[] Printed { get; }

    /// <summary>The calls in the order in which they ended.</summary>
    public SystemCall[] Calls { get; }

    public static bool IsPossible => System.IO.File.Exists("/usr/bin/strace");

    public static async Task<StraceRun> AppendAsync(string directory, int count, int segmentSize, string? inject)
    {
        var trace = directory + ".strace";
        var start = new ProcessStartInfo("/usr/bin/strace")
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        string[] arguments = [
            "-f", "-y", "-qq", "-o", trace, "-e", "trace=pwritev,fdatasync,fsync,rename,write,ftruncate",
            .. inject is null ? Array.Empty<string>() : ["-e", "inject=" + inject],
            Environment.ProcessPath!, "append-frames", directory,
            count.ToString(System.Globalization.CultureInfo.InvariantCulture),
            segmentSize.ToString(System.Globalization.CultureInfo.InvariantCulture)];
        foreach (var argument in arguments) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        using var impatience = new CancellationTokenSource(Patience);
        try
        {
            var error = process.StandardError.ReadToEndAsync(impatience.Token);
            var printed = await process.StandardOutput.ReadToEndAsync(impatience.Token);
            await process.WaitForExitAsync(impatience.Token);
            Assert.Equal("", await error);
            return new StraceRun(
                process.ExitCode, printed.Split('\n', StringSplitOptions.RemoveEmptyEntries),
                [.. Parse(await System.IO.File.ReadAllLinesAsync(trace, impatience.Token))]);
        }
        finally
        {
            // strace and the program under it: a stopped one must not be left behind.
            process.Kill(entireProcessTree: true);
        }
    }

    private static IEnumerable<SystemCall> Parse(string[] lines)
    {
        var begun = new Dictionary<string, string>(StringComparer.Ordinal);
        foreach (var line in lines)
        {
            var space = line.IndexOf(' ', StringComparison.Ordinal);
            var (thread, text) = (line[..space], line[space..].Trim());
            if (text.EndsWith("<unfinished ...>", StringComparison.Ordinal))
            {
                begun[thread] = text[..^"<unfinished ...>".Length];
                continue;
            }

            if (text.StartsWith("<... ", StringComparison.Ordinal) && begun.Remove(thread, out var first))
                text = first + text[(text.IndexOf("resumed>", StringComparison.Ordinal) + "resumed>".Length)..];
            if (Call().Match(text) is not { Success: true } call) continue;
            var path = Descriptor().Match(call.Groups["arguments"].Value);
            yield return new SystemCall(
                call.Groups["name"].Value, path.Groups["path"].Value, call.Groups["arguments"].Value,
                call.Groups["result"].Value);
        }
    }

    [GeneratedRegex(@"^(?<name>\w+)\((?<arguments>.*)\) *= (?<result>.*)$", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Call();

    [GeneratedRegex("^[0-9]+<(?<path>[^>]*)>", RegexOptions.ExplicitCapture, 1000)]
    private static partial Regex Descriptor();
}

/// <summary>A system call that has ended.</summary>
/// <param name="Name">Its name.</param>
/// <param name="Path">The file its descriptor is open on; empty when it has none.</param>
/// <param name="Arguments">Its arguments, as strace shows them.</param>
/// <param name="Result">What it returned, as strace shows it.</param>
internal sealed record SystemCall(string Name, string Path, string Arguments, string Result)
{
    public bool IsGood => !Result.StartsWith('-');
}
