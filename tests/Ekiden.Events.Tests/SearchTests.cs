using static Ekiden.Events.Tests.LogWorld;

namespace Ekiden.Events.Tests;

/// <summary>Search by everything that api.md §4 names, in pages that stay right while events arrive.</summary>
public sealed class SearchTests
{
    public static TheoryData<string, int> Questions => new()
    {
        { "type", 2 }, { "account", 4 }, { "stream", 4 }, { "recipient", 2 }, { "domain", 2 }, { "provider", 2 },
        { "message", 2 },
        { "tag", 2 }, { "metadata", 2 }, { "code", 1 }, { "reason", 1 }, { "from", 2 }, { "until", 2 },
    };

    [Theory]
    [MemberData(nameof(Questions))]
    public async Task A_condition_finds_what_it_names_and_nothing_else(string question, int expected)
    {
        await using var world = Start();
        await world.AcceptAsync(Message(1, "Alice@docomo.ne.jp") with { Tags = ["spring", "x"] });
        await world.AcceptAsync(Message(2, "bob@sink.test") with
        {
            Account = "acc_2",
            Stream = "bulk",
            Metadata = Message(1).Metadata.Add("order", "42"),
        });
        await world.AttemptAsync(Id(1), Now.AddSeconds(5), (0, Delivered));
        await world.AttemptAsync(Id(2), Now.AddSeconds(6), (0, LogWorld.Failed));
        await world.AcceptAsync(Message(3, "carol@other.test") with { AcceptedAt = Now.AddSeconds(-60) });
        await world.AcceptAsync(Message(4, "dave@other.test") with { AcceptedAt = Now.AddSeconds(-60) });
        await world.WaitForAsync(6);
        var query = question switch
        {
            "type" => new EventQuery { Types = [EventType.Delivered, EventType.Bounced] },
            "account" => new EventQuery { Account = "acc_1" },
            "stream" => new EventQuery { Stream = "transactional" },
            "recipient" => new EventQuery { Recipient = Box("alice@DOCOMO.ne.jp") },
            "domain" => new EventQuery { RecipientDomain = "sink.test" },
            "provider" => new EventQuery { Provider = "docomo" },
            "message" => new EventQuery { Message = Id(2) },
            "tag" => new EventQuery { Tag = "spring" },
            "metadata" => new EventQuery { Metadata = ("order", "42") },
            "code" => new EventQuery { ReplyCode = 550 },
            "reason" => new EventQuery { Reason = "user_unknown" },
            "from" => new EventQuery { From = Now.AddSeconds(1) },
            _ => new EventQuery { Until = Now },
        };
        Assert.Equal(expected, world.Log.Read(query, Cancel).Events.Length);
        Assert.Equal(expected, world.Log.Read(query with { OldestFirst = true }, Cancel).Events.Length);
    }

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task Pages_show_everything_once(bool oldestFirst)
    {
        await using var world = Start();
        for (var number = 1; number <= 25; number++) await world.AcceptAsync(Message(number, "a@sink.test"));
        await world.WaitForAsync(25);
        var seen = new List<EventId>();
        var query = new EventQuery { OldestFirst = oldestFirst, Limit = 4 };
        while (true)
        {
            var page = world.Log.Read(query, Cancel);
            seen.AddRange(page.Events.Select(one => one.Id));
            if (!page.HasMore) break;
            query = query with { After = page.Events[^1].Id.Sequence };
            if (seen.Count == 8)
            {
                await world.AcceptAsync(Message(100, "late@sink.test"));
                await world.WaitForAsync(26);
            }
        }
        Assert.Equal(oldestFirst ? 26 : 25, seen.Count);
        Assert.Equal(seen.Count, seen.Distinct().Count());
    }

    [Fact]
    public async Task A_finished_message_is_still_known()
    {
        await using var world = Start();
        await world.AcceptAsync(Message(1, "a@sink.test", "b@sink.test"));
        await world.AttemptAsync(Id(1), Now, (0, Delivered), (1, Delivered));
        await world.WaitForAsync(4);
        Assert.Empty(world.Journal.Index.FindMessage(Id(1)));
        var found = world.Log.FindMessage(Id(1));
        Assert.Equal(("acc_1", "s@a.test", "hello"), (found?.Account, found?.Sender, found?.Subject));
        Assert.Equal(["a@sink.test", "b@sink.test"], found?.Recipients);
        Assert.Null(world.Log.FindMessage(Id(2)));
    }

    [Theory]
    [InlineData("")]
    [InlineData("evt_")]
    [InlineData("evt_0123456789ABCDEFGHJKMNPQRS")]
    [InlineData("msg_01ARZ3NDEKTSV4RRFFQ69G5FAV")]
    public void Text_that_is_no_event_id_is_not_read(string text) => Assert.False(EventId.TryParse(text, out _));

    [Fact]
    public void An_event_id_is_read_as_it_was_written()
    {
        var id = new EventId(Now.AddMilliseconds(7), long.MaxValue - 5);
        Assert.True(EventId.TryParse(id.ToString(), out var read));
        Assert.Equal(id, read);
    }
}
