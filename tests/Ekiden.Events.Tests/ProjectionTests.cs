using System.Buffers;
using System.Text;
using System.Text.Json;
using Ekiden.Spool;
using static Ekiden.Events.Tests.LogWorld;

namespace Ekiden.Events.Tests;

/// <summary>
/// Facts of the journal become events: each once, with every field of api.md §5, whatever ends the process.
/// </summary>
public sealed class ProjectionTests
{
    [Fact]
    public async Task Every_fate_has_an_event_of_its_own()
    {
        await using var world = Start();
        await world.AcceptAsync(Message(1, "a@sink.test", "b@sink.test", "c@sink.test", "d@sink.test", "e@sink.test",
            "f@sink.test"));
        await world.AttemptAsync(Id(1), Now.AddSeconds(5),
            (0, Delivered), (1, LogWorld.Deferred), (2, LogWorld.Failed), (3, LogWorld.Expired));
        await world.ChangeAsync(Id(1), QueueChange.Cancel, 4);
        await world.ChangeAsync(Id(1), QueueChange.Suppress, 5);
        await world.ChangeAsync(Id(1), QueueChange.Hold, 1);
        var events = await world.WaitForAsync(12);
        Assert.Equal(
            ["email.accepted", "email.accepted", "email.accepted", "email.accepted", "email.accepted", "email.accepted",
                "email.delivered", "email.deferred", "email.bounced", "email.expired", "email.cancelled",
                "email.suppressed"],
            events.Select(one => one.Type.Word()));
        Assert.Equal(events.Select(one => one.Id.Sequence).Order(), events.Select(one => one.Id.Sequence));
        Assert.Equal(events.Length, events.Select(one => one.Id).Distinct().Count());
        Assert.All(events, one => Assert.Equal(Id(1), one.Message));
    }

    [Fact]
    public async Task The_json_is_that_of_the_api()
    {
        await using var world = Start();
        var message = Message(1, "user@docomo.ne.jp") with
        {
            Stream = "bulk",
            Tags = ["x"],
            Metadata = Message(1).Metadata.Add("order", "42"),
        };
        await world.AcceptAsync(message, "Subject: =?utf-8?B?44GT44KT44Gr44Gh44Gv?=\r\n\r\nbody\r\n");
        await world.AttemptAsync(Id(1), Now.AddMilliseconds(5120), (0, LogWorld.Failed));
        var events = await world.WaitForAsync(2);
        var json = Json(events[1]);
        Assert.Equal("email.bounced", json.GetProperty("type").GetString());
        Assert.Equal("2026-06-01T12:00:05.120Z", json.GetProperty("timestamp").GetString());
        Assert.StartsWith("evt_", json.GetProperty("id").GetString(), StringComparison.Ordinal);
        var expected = $$$"""
            {"message_id":"{{{Id(1)}}}","recipient_id":"{{{Id(1).Recipient(0)}}}","account":"acc_1","stream":"bulk",
            "sequence":3,"recipient":"user@docomo.ne.jp","recipient_domain":"docomo.ne.jp","provider":"docomo",
            "from":"s@a.test","subject":"こんにちは","tags":["x"],"metadata":{"order":"42"},"attempt":1,
            "queued_ms":5120,"attempt_ms":310,"possible_duplicate":false,
            "smtp":{"code":550,"enhanced":"5.1.1","text":"550 5.1.1 Unknown user","phase":"eom","mx":"mx.sink.test",
            "mx_ip":"192.0.2.1","source_ip":"192.0.2.9","tls":"TLSv1.3"},
            "bounce":{"type":"permanent","class":"user_unknown","source":"smtp"}}
            """;
        Assert.True(
            JsonElement.DeepEquals(JsonElement.Parse(expected), json.GetProperty("data")),
            json.GetProperty("data").ToString());
    }

    [Fact]
    public async Task A_deferral_says_when_it_is_tried_again_and_that_it_may_have_arrived()
    {
        await using var world = Start();
        await world.AcceptAsync(Message(1, "a@sink.test"));
        await world.AttemptAsync(Id(1), Now, (0, LogWorld.Deferred));
        var data = Json((await world.WaitForAsync(2))[1]).GetProperty("data");
        Assert.Equal("2026-06-01T12:05:00.000Z", data.GetProperty("next_attempt_at").GetString());
        Assert.True(data.GetProperty("possible_duplicate").GetBoolean());
        Assert.Equal("transient", data.GetProperty("bounce").GetProperty("type").GetString());
    }

    [Fact]
    public async Task A_message_for_later_is_accepted_and_scheduled()
    {
        await using var world = Start();
        await world.AcceptAsync(Message(1, "a@sink.test") with { NotBefore = Now.AddHours(2) });
        var events = await world.WaitForAsync(2);
        Assert.Equal([EventType.Accepted, EventType.Scheduled], events.Select(one => one.Type));
    }

    [Fact]
    public async Task After_a_restart_nothing_is_missing_and_nothing_twice()
    {
        await using var world = Start();
        for (var number = 1; number <= 20; number++) await world.AcceptAsync(Message(number, "a@sink.test"));
        var before = await world.WaitForAsync(20);
        await world.RestartAsync();
        await world.AttemptAsync(Id(7), Now.AddSeconds(3), (0, Delivered));
        var after = await world.WaitForAsync(21);
        Assert.Equal(before, after.Take(20));
        Assert.Equal(("a@sink.test", "hello"), (after[20].Recipient, after[20].Subject));
    }

    // A day's file that is lost is written again from what the journal still has, with the same names.
    [Fact]
    public async Task The_same_facts_have_the_same_ids_when_they_are_read_again()
    {
        await using var world = Start();
        for (var number = 1; number <= 5; number++) await world.AcceptAsync(Message(number, "a@sink.test"));
        var before = await world.WaitForAsync(5);
        await world.Log.DisposeAsync();
        Microsoft.Data.Sqlite.SqliteConnection.ClearAllPools();
        System.IO.Directory.Delete(world.EventFolder, recursive: true);
        await world.RestartAsync();
        Assert.Equal(before.Select(one => one.Id), (await world.WaitForAsync(5)).Select(one => one.Id));
    }

    [Fact]
    public async Task What_other_parts_tell_stands_in_the_same_log_and_survives()
    {
        await using var world = Start();
        await world.AcceptAsync(Message(1, "a@sink.test", "B@sink.test"));
        await world.WaitForAsync(2);
        await world.Log.AppendAsync(
            [
                new NewEvent(EventType.Bounced, null)
                {
                    Message = Id(1), Place = 1, IsAsynchronous = true, EnhancedStatus = "5.1.1", Class = "user_unknown",
                },
                new NewEvent(EventType.Clicked, null)
                {
                    Message = Id(1), Recipient = "b@sink.test", ExtraJson = """{"url":"https://a.test/"}""",
                },
                new NewEvent(EventType.SuppressionCreated, "acc_1") { Recipient = "x@sink.test" },
            ],
            Cancel);
        await world.RestartAsync();
        var events = await world.WaitForAsync(5);
        var bounced = Json(events[2]).GetProperty("data");
        Assert.True(bounced.GetProperty("asynchronous").GetBoolean());
        Assert.Equal("dsn", bounced.GetProperty("bounce").GetProperty("source").GetString());
        Assert.Equal("B@sink.test", bounced.GetProperty("recipient").GetString());
        Assert.Equal("https://a.test/", Json(events[3]).GetProperty("data").GetProperty("url").GetString());
        Assert.Equal(1, events[3].Place);
        Assert.Equal(("x@sink.test", "acc_1"), (events[4].Recipient, events[4].Account));
    }

    [Fact]
    public async Task A_new_day_has_a_file_of_its_own_and_the_log_goes_on()
    {
        await using var world = Start();
        var today = TimeProvider.System.GetUtcNow();
        await world.AcceptAsync(Message(1, "a@sink.test") with { AcceptedAt = today });
        await world.WaitForAsync(1);
        await world.AttemptAsync(Id(1), today.AddDays(1), (0, LogWorld.Deferred));
        await world.WaitForAsync(2);
        await world.RestartAsync();
        await world.AttemptAsync(Id(1), today.AddDays(2), (0, Delivered));
        var events = await world.WaitForAsync(3);
        Assert.Equal(3, System.IO.Directory.GetFiles(world.EventFolder, "*.events").Length);
        Assert.All(events, one => Assert.Equal(("a@sink.test", "hello"), (one.Recipient, one.Subject)));
        var newest = world.Log.Read(new EventQuery { Message = Id(1), Limit = 2 }, Cancel);
        Assert.Equal([EventType.Delivered, EventType.Deferred], newest.Events.Select(one => one.Type));
        Assert.True(newest.HasMore);
    }

    private static JsonElement Json(EkidenEvent one)
    {
        var bytes = new ArrayBufferWriter<byte>();
        EventJson.Write(bytes, one);
        return JsonElement.Parse(Encoding.UTF8.GetString(bytes.WrittenSpan));
    }
}
