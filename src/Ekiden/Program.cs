using Ekiden;
using Ekiden.Cli;
using Ekiden.Demo;

var host = CliHost.OfProcess(ServerFinder.Find);
return await EkidenCommands.RunAsync(
    host, ProgramName.Read(), args,
    [ServeCommand.Build(), DemoCommand.Build(), ConfigCommand.Build(host), AddressCommand.Build(host)],
    CancellationToken.None);
