using Ekiden.EndToEnd.Tests.Crash;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>A server that runs is stopped under load, gets other settings, and has its disk filled.</summary>
public sealed class RunningTests
{
    [Fact(Timeout = Settings.Patience)]
    public async Task Stopped_under_load_it_loses_nothing_and_sends_nothing_twice()
    {
        await using var sink = FakeMx.Start(new FakeMxPolicy { DotDelay = TimeSpan.FromMilliseconds(20) });
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address) + Settings.Retry());
        var acknowledged = new HashSet<string>(StringComparer.Ordinal);
        var refused = new HashSet<string>(StringComparer.Ordinal);
        for (var round = 0; round < 3; round++)
        {
            await using var server = await EkidenProcess.StartAsync(settings.File);
            using var stop = CancellationTokenSource.CreateLinkedTokenSource(TestContext.Current.CancellationToken);
            var client = new LoadClient(server.Listener("relay"));
            var load = client.RunAsync(sessions: 16, round, size: 2_000, stop.Token);
            await sink.WaitForAsync(50, TestContext.Current.CancellationToken);
            Assert.Equal(0, await server.StopAsync());
            await load;
            acknowledged.UnionWith(client.Acknowledged);
            refused.UnionWith(client.Refused);
        }
        await using (var last = await EkidenProcess.StartAsync(settings.File))
        {
            using var admin = new AdminClient(last, settings.File);
            await admin.WaitUntilEmptyAsync();
            Assert.Equal(0, await admin.AccountingGapAsync());
        }

        var arrived = sink.Taken.SelectMany(message => message.Recipients)
            .Select(recipient => recipient.Split('@')[0]).ToList();
        Assert.Equal(arrived.Count, arrived.Distinct().Count());
        Assert.True(acknowledged.Count > 100, "The load was too small to prove anything");
        Assert.Empty(acknowledged.Except(arrived));
        Assert.Empty(refused.Intersect(arrived));
    }

    [Fact(Timeout = Settings.Patience)]
    public async Task A_changed_file_is_taken_and_a_wrong_one_changes_nothing()
    {
        await using var first = FakeMx.Start();
        await using var second = FakeMx.Start();
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", first.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        await Letter.SendAsync(client, "<s@a.test>", ["<v@sink.test>"], Letter.Text);
        await first.WaitForAsync(1, TestContext.Current.CancellationToken);

        settings.Write(Settings.Relay + Settings.Route("*", second.Address));
        server.Signal("HUP");
        await server.WaitForLogAsync("\"event\":\"reloaded\"");
        await Letter.SendAsync(client, "<s@a.test>", ["<v@sink.test>"], Letter.Text);
        await second.WaitForAsync(1, TestContext.Current.CancellationToken);

        settings.Write(Settings.Relay + "[delivery]\nretry = \"never\"\n");
        server.Signal("HUP");
        await server.WaitForLogAsync("\"event\":\"not_reloaded\"");
        await server.WaitForLogAsync("settings_problem.*delivery\\.retry");
        await Letter.SendAsync(client, "<s@a.test>", ["<v@sink.test>"], Letter.Text);
        await second.WaitForAsync(1, TestContext.Current.CancellationToken);

        Assert.Single(first.Messages);
        Assert.Equal(2, second.Messages.Count);
    }

    [Fact(Timeout = Settings.Patience)]
    [Trait("needs", "outside")]
    public async Task With_the_disk_nearly_full_new_mail_waits_outside_and_old_mail_is_finished()
    {
        var isOpen = false;
        await using var sink = FakeMx.Start(new FakeMxPolicy
        {
            ReplyToRecipient = _ => Volatile.Read(ref isOpen) ? "250 2.1.5 Ok" : "451 4.3.0 Later",
        });
        using var settings = new TestSettings(Settings.Relay + Settings.Route("*", sink.Address) + Settings.Retry());
        System.IO.Directory.CreateDirectory(settings.Data);
        var (mounted, _) = await OutsideProgram.RunAsync(
            "mount", "-t", "tmpfs", "-o", "size=128m", "tmpfs", settings.Data);
        Assert.SkipUnless(mounted == 0, "A small disk can be mounted by root only");
        try
        {
            await using var server = await EkidenProcess.StartAsync(settings.File);
            await using var client = await Letter.ConnectAsync(server.Listener("relay"));
            var reply = await Letter.SendAsync(client, "<s@a.test>", ["<before@sink.test>"], Letter.Text);
            Assert.StartsWith("250", reply, StringComparison.Ordinal);

            var ballast = Path.Combine(settings.Data, "ballast");
            var free = new DriveInfo(settings.Data).AvailableFreeSpace;
            await OutsideProgram.RunAsync("fallocate", "-l", $"{free - (8 << 20)}", ballast);
            await UntilAsync(client, "452 4.3.1");
            Volatile.Write(ref isOpen, true);
            await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
            Assert.Equal("before@sink.test", Assert.Single(Assert.Single(sink.Messages).Recipients));

            File.Delete(ballast);
            await UntilAsync(client, "250");
            await Letter.SendAsync(client, "<s@a.test>", ["<after@sink.test>"], Letter.Text);
            await sink.WaitForAsync(1, TestContext.Current.CancellationToken);
        }
        finally
        {
            await OutsideProgram.RunAsync("umount", settings.Data);
        }
    }

    // The server looks at its disk once a second: asked until MAIL is answered as expected.
    private static async Task UntilAsync(RawSmtp client, string code)
    {
        using var tick = new PeriodicTimer(TimeSpan.FromMilliseconds(100));
        while (await tick.WaitForNextTickAsync(TestContext.Current.CancellationToken))
        {
            await client.SendAsync("MAIL FROM:<s@a.test>\r\n");
            var reply = await client.ReadReplyAsync();
            await client.AskAsync("RSET", "250");
            if (reply?.StartsWith(code, StringComparison.Ordinal) == true) return;
        }
    }
}
