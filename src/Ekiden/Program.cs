using Ekiden;
using Ekiden.Cli;
using Ekiden.Demo;
using Ekiden.Receiving;
using Ekiden.Verify;

var host = CliHost.OfProcess(ServerFinder.Find);
return await EkidenCommands.RunAsync(
    host, ProgramName.Read(), args,
    [
        ServeCommand.Build(), DemoCommand.Build(), ConfigCommand.Build(host), AddressCommand.Build(host),
        ParseReplyCommand.Build(host), ReceiverCommand.Build(host), VerifyCommand.Build(host),
    ],
    CancellationToken.None);
