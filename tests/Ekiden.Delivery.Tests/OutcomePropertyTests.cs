using CsCheck;
using Ekiden.Mail;
using Ekiden.Smtp.Client;
using Ekiden.Spool;
using Ekiden.Testing;

namespace Ekiden.Delivery.Tests;

/// <summary>Whatever servers do: one outcome per recipient and attempt, no claim lost, everybody finished in the
/// end.</summary>
public sealed class OutcomePropertyTests
{
    [Fact]
    public Task Every_attempt_of_every_recipient_has_exactly_one_outcome() =>
        Gen.Select(Gen.Int[0, int.MaxValue], Gen.Int[1, 12], Gen.Int[1, 30]).SampleAsync(
            RunAsync, iter: 25, threads: 1);

    private static async Task RunAsync(int seed, int messages, int recipients)
    {
        var random = new Random(seed);
        await using var world = new DeliveryWorld(DeliveryWorld.ByMx());
        world.Resolver.Zone = FakeDnsZone.Parse(
            [.. Enumerable.Range(0, 5).SelectMany(
                i => new[] { $"d{i}.test MX 10 mx{i % 3}.test", $"mx{i}.test A 198.41.0.{i}" })]);
        world.Servers.OnConnect = _ => new(OneIn(random, 4) ? ScriptedConnector.TimedOut() : null);
        world.Servers.OnSend = async transaction =>
        {
            if (OneIn(random, 3)) await Task.Yield();
            return OneIn(random, 10) ? throw new InvalidOperationException("a bug") : Answer(random, transaction);
        };
        for (var i = 0; i < messages; i++)
            world.Accept([.. Enumerable.Range(0, recipients).Select(j => $"user{j}@d{j % 5}.test")]);
        var index = world.Journal.Index;
        await world.AdvanceUntilAsync(
            TimeSpan.FromHours(2), world.Journal.WaitForAsync(_ => index.Accounting.Waiting == 0));
        Assert.Equal(0, index.Accounting.Gap);
        Assert.Equal(0, index.Accounting.InAttempt);
        CheckHistory(world.Journal.History);
    }

    // One outcome ends every attempt that was started, and after a final one there is none. A start without an outcome
    // is repeated where the server had one connection too many and said nothing about the mail.
    private static void CheckHistory(IEnumerable<JournalEntry> history)
    {
        var open = new HashSet<(MessageId, int)>();
        var finished = new HashSet<(MessageId, int)>();
        foreach (var entry in history)
        {
            if (entry is JournalEntry.AttemptStarted started)
            {
                open.UnionWith(started.Recipients.Select(recipient => (started.Message, recipient)));
            }
            if (entry is not JournalEntry.Attempted attempted) continue;
            Assert.Distinct(attempted.Results.Select(result => result.Recipient));
            foreach (var result in attempted.Results)
            {
                var key = (attempted.Message, result.Recipient);
                open.Remove(key);
                if (result.Outcome is not DeliveryOutcome.Deferred) Assert.True(finished.Add(key));
                else Assert.DoesNotContain(key, finished);
            }
        }
        Assert.Empty(open);
    }

    private static IReadOnlyList<RecipientResponse> Answer(Random random, ScriptedConnector.Transaction transaction)
    {
        switch (Next(random, 6))
        {
            case 0:
                return transaction.Broken(SmtpPhase.Mail);
            case 1:
                return transaction.Broken(SmtpPhase.Eom, afterDot: true);
            case 2:
                return transaction.Refused(421, "4.7.0", "Too many connections", SmtpPhase.Mail);
            default:
                transaction.ClosesConnection = OneIn(random, 5);
                return transaction.Each(_ => Next(random, 4) switch
                {
                    0 => new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(550, "5.1.1", "Unknown")),
                    1 => new RecipientResponse.Refused(SmtpPhase.Rcpt, SmtpReply.Of(451, "4.3.0", "Later")),
                    2 => new RecipientResponse.Refused(
                        SmtpPhase.Rcpt, SmtpReply.Of(452, "4.5.3", "Too many recipients")),
                    _ => new RecipientResponse.Taken(SmtpReply.Of(250, "2.0.0", "Ok")),
                });
        }
    }

    private static bool OneIn(Random random, int count) => Next(random, count) == 0;

    private static int Next(Random random, int count)
    {
        lock (random) return random.Next(count);
    }
}
