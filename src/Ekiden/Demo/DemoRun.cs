using System.Globalization;
using Ekiden.Receiving;
using Ekiden.Server.Hosting;
using Spectre.Console;

namespace Ekiden.Demo;

/// <summary><c>ekiden demo</c>: the main job, on loopback, without settings: what a newcomer sees first.</summary>
internal sealed class DemoRun(IAnsiConsole console, bool stay)
{
    private const int BySmtp = 240;
    private const int ByHttp = 120;
    private static readonly string[] Domains = ["generous.test", "limited.test", "half.test"];

    /// <summary>Runs the demo.</summary>
    /// <returns>0 when every mail ended delivered or returned.</returns>
    public async Task<int> RunAsync(CancellationToken cancel)
    {
        await using var world = await DemoWorld.StartAsync(cancel);
        console.MarkupLine("[bold]Ekiden demo[/]: a relay and three receivers on this machine");
        console.WriteLine($"  submission (SMTP AUTH, STARTTLS)  {world.Server.Listeners[0].Address}");
        console.WriteLine($"  HTTP API                          http://{world.Server.HttpAddress}");
        console.WriteLine();
        await SendAsync(world, cancel);
        ShowResults(world);
        ShowLanes(world.Server);
        var accounting = world.Server.Accounting;
        if (stay) await StayAsync(world, cancel);
        return accounting.Waiting == 0 && accounting.Gap == 0 ? 0 : 1;
    }

    private Task SendAsync(DemoWorld world, CancellationToken cancel) => console.Progress()
        .Columns(new TaskDescriptionColumn { Alignment = Justify.Left }, new ProgressBarColumn(),
            new PercentageColumn(), new ElapsedTimeColumn())
        .StartAsync(async progress =>
        {
            var sending = progress.AddTask("handed in, on disk", maxValue: BySmtp + ByHttp);
            var finishing = progress.AddTask("delivered or returned", maxValue: BySmtp + ByHttp);
            void Sent() => sending.Increment(1);
            await Task.WhenAll(
                DemoSenders.BySmtpAsync(world, Addresses(BySmtp, 0), Sent, cancel),
                DemoSenders.ByHttpAsync(world, Addresses(ByHttp, BySmtp), Sent, cancel));
            // A picture for a person, four times a second; what ends the demo is the accounting itself.
            using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(250));
            do
            {
                var now = world.Server.Accounting;
                finishing.MaxValue = now.Accepted;
                finishing.Value = now.Accepted - now.Waiting;
                if (now.Waiting == 0) return;
            }
            while (await tick.WaitForNextTickAsync(cancel));
        });

    private void ShowResults(DemoWorld world)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("What became of it");
        table.AddColumns("receiver", "character");
        table.AddColumn(new TableColumn("delivered").RightAligned());
        table.AddColumn(new TableColumn("deferred, then retried").RightAligned());
        table.AddColumn(new TableColumn("refused and returned").RightAligned());
        Row(table, "generous.test", "takes everything", world.Generous.Statistics);
        Row(table, "limited.test", "15 messages a second", world.Limited.Statistics);
        Row(table, "half.test", "knows half of the users", world.Half.Statistics);
        console.Write(table);
        console.WriteLine(
            $"  notices that came back to the sender: {Number(world.SendersMailbox.Statistics.Accepted)}");
        var sum = world.Server.Accounting;
        console.WriteLine(
            $"  accounting: accepted {Number(sum.Accepted)} = delivered {Number(sum.Delivered)}"
            + $" + failed {Number(sum.Failed)}"
            + $" + waiting {Number(sum.Waiting)}, gap {Number(sum.Gap)}");
        console.WriteLine();
    }

    private void ShowLanes(EkidenServer server)
    {
        var table = new Table().Border(TableBorder.Rounded).Title("What was learned of each receiver");
        table.AddColumns("site", "source");
        table.AddColumn(new TableColumn("connections").RightAligned());
        table.AddColumn(new TableColumn("messages a connection").RightAligned());
        table.AddColumn(new TableColumn("a second").RightAligned());
        table.AddColumn("because");
        foreach (var lane in server.Lanes)
        {
            table.AddRow(
                Markup.Escape(lane.Site), Markup.Escape(lane.Source), Number(lane.Learned.Connections ?? 0),
                Number(lane.Learned.MessagesPerConnection ?? 0),
                lane.Learned.Rate is { } rate ? Number((long)Math.Ceiling(rate)) : "–",
                Markup.Escape(lane.Learned.Changes is [.., var last] ? last.Why : ""));
        }
        console.Write(table);
    }

    private async Task StayAsync(DemoWorld world, CancellationToken cancel)
    {
        console.WriteLine("The relay stays up until Ctrl+C. Try it:");
        console.WriteLine($"  curl -H 'Authorization: Bearer {world.Key.Secret}' \\");
        console.WriteLine("    -H 'Content-Type: application/json' \\");
        console.WriteLine($"    -d '{{\"from\":\"me@{DemoWorld.SenderDomain}\",\"to\":\"you@generous.test\","
            + "\"subject\":\"Hi\",\"text\":\"Hello\"}' \\");
        console.WriteLine($"    http://{world.Server.HttpAddress}/v1/messages");
        await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel).ConfigureAwait(
            ConfigureAwaitOptions.SuppressThrowing);
    }

    private static IEnumerable<string> Addresses(int count, int from) => Enumerable.Range(from, count)
        .Select(number => $"user{Number(number)}@{Domains[number % Domains.Length]}");

    private static void Row(Table table, string receiver, string character, ReceiverStatistics counts) =>
        table.AddRow(
            receiver, character, Number(counts.Accepted), Number(counts.Deferred), Number(counts.Rejected));

    private static string Number(long value) => value.ToString(CultureInfo.InvariantCulture);
}
