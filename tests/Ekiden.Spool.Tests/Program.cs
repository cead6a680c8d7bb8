using Ekiden.Spool.Tests;
using Ekiden.Spool.Tests.Disk;

// The test program is also the small program that is run under strace: it appends frames and says when each is safe.
if (args is ["append-frames", var directory, var count, var segmentSize])
    return await AppendFrames.RunAsync(directory, int.Parse(count, null), int.Parse(segmentSize, null));
if (args.Contains("--server") || args.Contains("--internal-msbuild-node"))
{
    return await Xunit.MicrosoftTestingPlatform.TestPlatformTestFramework.RunAsync(
        args, SelfRegisteredExtensions.AddSelfRegisteredExtensions);
}

return await Xunit.Runner.InProc.SystemConsole.ConsoleRunner.Run(args);
