using System.CommandLine;
using System.Net;
using System.Net.Sockets;

namespace Ekiden.Cli.Sendmail;

/// <summary>
/// Acts as <c>sendmail</c>, <c>mailq</c> or <c>newaliases</c>: for programs that know no other way to send. Mail goes
/// to the first relay listener that loopback reaches; without one, or while the server is away, callers are told to try
/// again.
/// </summary>
internal sealed class SendmailProgram(CliHost host)
{
    private const string Name = "sendmail";
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10); // the final dot's, RFC 5321 §4.5.3.2.6

    /// <summary>The program was called by one of these names, or as <c>ekiden sendmail</c>.</summary>
    public static bool Accepts(string programName, IReadOnlyList<string> arguments, out SendmailArguments sendmail)
    {
        var isLink = programName is Name or "mailq" or "newaliases";
        var isCommand = arguments.Count > 0 && arguments[0] == Name
            && !arguments.Contains("--help", StringComparer.Ordinal);
        sendmail = isLink ? SendmailArgumentParser.Parse(programName, arguments)
            : SendmailArgumentParser.Parse(Name, arguments.Skip(1));
        return isLink || isCommand;
    }

    /// <summary>Stands in the help; its arguments are not System.CommandLine's.</summary>
    public static Command Describe() => new(
        Name,
        "Send mail as sendmail does: [-t] [-i] [-f SENDER] [-F NAME] [-N DSN] [-R RET] [-V ENVID] [-bm|-bs|-bp] "
        + "[--config FILE] [RECIPIENT…]");

    /// <summary>Does what was asked.</summary>
    /// <returns>An exit code of sysexits.h.</returns>
    public async Task<int> RunAsync(SendmailArguments arguments, CancellationToken cancel)
    {
        if (arguments.Mistake is { } mistake) return Refuse(SysExits.Usage, mistake);
        switch (arguments.Mode)
        {
            case SendmailMode.Nothing:
                return SysExits.Ok;
            case SendmailMode.ShowQueue:
                string[] list =
                    ["queue", "list", .. arguments.Config is { } config ? ["--config", config] : Array.Empty<string>()];
                var shown = await EkidenCommands.RunAsync(host, "ekiden", list, [], cancel);
                return shown == ExitCodes.Done ? SysExits.Ok : SysExits.Unavailable;
        }
        var search = host.FindServer(arguments.Config);
        if (search is ServerSearch.NotFound missing) return Refuse(SysExits.TemporaryFailure, missing.Why);
        var server = (ServerSearch.Found)search;
        if (server.Relays.FirstOrDefault(relay => relay.Port != 0) is not { } relay)
            return Refuse(SysExits.TemporaryFailure, "no relay listener with a fixed port on loopback is set");
        try
        {
            return await TalkAsync(server, relay, arguments, cancel);
        }
        catch (Exception trouble) when (trouble is SocketException or IOException)
        {
            return Refuse(SysExits.TemporaryFailure, $"{relay}: {trouble.Message}");
        }
        catch (OperationCanceledException) when (!cancel.IsCancellationRequested)
        {
            return Refuse(SysExits.TemporaryFailure, $"{relay}: no answer in time");
        }
    }

    private async Task<int> TalkAsync(
        ServerSearch.Found server, IPEndPoint relay, SendmailArguments arguments, CancellationToken cancel)
    {
        if (arguments.Mode == SendmailMode.Smtp)
        {
            await using var conversation = await ConnectAsync(relay, cancel);
            return await PassThroughAsync(conversation, cancel);
        }
        var input = await ReadInputAsync(cancel);
        var from = From(arguments, server.HostName);
        var message = SendmailMessage.Read(input, arguments, from);
        var (envelope, mistake) = SendmailEnvelope.Create(
            arguments, message.Recipients, host.UserName, server.HostName);
        if (envelope is null) return Refuse(SysExits.Usage, mistake!); // Create returns exactly one of the two
        using var deadline = CancellationTokenSource.CreateLinkedTokenSource(cancel);
        deadline.CancelAfter(Patience);
        await using var connection = await ConnectAsync(relay, deadline.Token);
        using var handover = new SmtpHandover(connection);
        var (exitCode, text) = await handover.SendAsync(envelope, message, arguments, deadline.Token);
        return exitCode == SysExits.Ok ? exitCode : Refuse(exitCode, text);
    }

    private async Task<int> PassThroughAsync(NetworkStream conversation, CancellationToken cancel)
    {
        await using var input = host.OpenInput();
        await using var output = host.OpenOutput();
        var up = CopyUpAsync(input, conversation, cancel);
        await conversation.CopyToAsync(output, cancel);
        await output.FlushAsync(cancel);
        // The server has hung up; what is still typed has no reader. Waiting for it would wait for a key.
        if (up.IsCompleted) await up;
        return SysExits.Ok;
    }

    private static async Task CopyUpAsync(Stream input, NetworkStream conversation, CancellationToken cancel)
    {
        await input.CopyToAsync(conversation, cancel);
        conversation.Socket.Shutdown(SocketShutdown.Send);
    }

    private async Task<byte[]> ReadInputAsync(CancellationToken cancel)
    {
        await using var input = host.OpenInput();
        using var all = new MemoryStream();
        await input.CopyToAsync(all, cancel);
        return all.ToArray();
    }

    private static async Task<NetworkStream> ConnectAsync(IPEndPoint relay, CancellationToken cancel)
    {
        var socket = new Socket(relay.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
        try
        {
            await socket.ConnectAsync(relay, cancel);
            return new NetworkStream(socket, ownsSocket: true);
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }

    private string From(SendmailArguments arguments, string hostName)
    {
        var sender = arguments.Sender is { Length: > 0 } given ? given : host.UserName;
        var address = sender.Contains('@', StringComparison.Ordinal) ? sender : $"{sender}@{hostName}";
        if (arguments.FullName is not { } name) return address;
        var quoted = string.Concat(name.Where(letter => !char.IsControl(letter)))
            .Replace("\\", "\\\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal);
        return $"\"{quoted}\" <{address}>";
    }

    private int Refuse(int exitCode, string why)
    {
        host.Error.WriteLine($"{Name}: {Printable.Of(why)}");
        return exitCode;
    }
}
