using System.Text;
using System.Text.Json;
using CsCheck;
using Ekiden.Server.Hosting.Logs;
using Microsoft.Extensions.Logging;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Server.Tests.Hosting.Logs;

/// <summary>Whatever a peer says, a record is one line of valid JSON, and nothing leaves its field: L-R1.</summary>
public sealed class JsonLogTests
{
    private const string Hostile =
        "\0\u0001\u001b[31m\r\n\t\"\\\u007f\u0085\u2028\u2029\u202e\u2066\u061c\ud800\udc00😀あ\uffff<&>'";

    private static readonly Gen<string> Texts = Gen.OneOf(
        Gen.Char.Array[0, 40].Select(letters => new string(letters)),
        Gen.Int[0, Hostile.Length - 1].Select(place => Hostile[place]).Array[0, 3000]
            .Select(letters => new string(letters)));

    [Theory]
    [InlineData("a\r\n{\"level\":\"info\",\"msg\":\"forged\"}")] // L-03
    [InlineData("x\u2028y")] // L-04
    [InlineData(Hostile)]
    [InlineData("")]
    public async Task A_text_in_a_field_stays_in_it(string text)
    {
        var record = Assert.Single(await WriteAsync(logger => Say(logger, text, "b")));
        using var json = JsonDocument.Parse(record);
        Assert.Equal(WithoutLoneSurrogates(text), json.RootElement.GetProperty("user_name").GetString());
        Assert.Equal("warning", json.RootElement.GetProperty("level").GetString());
        Assert.Equal("Ekiden.Test", json.RootElement.GetProperty("category").GetString());
        Assert.Equal("tried", json.RootElement.GetProperty("event").GetString());
        Assert.Equal(1, json.RootElement.EnumerateObject().Count(property => property.NameEquals("level")));
    }

    [Fact]
    public Task Any_text_in_any_field_gives_one_short_line_of_printable_ASCII() =>
        Gen.Select(Texts, Texts, Texts).SampleAsync(async (one, two, three) =>
        {
            var records = await WriteAsync(logger =>
            {
                logger.Log(
                    LogLevel.Error, new EventId(1, "odd"),
                    new List<KeyValuePair<string, object?>>
                    {
                        new("One", one), new("Two", two), new("Three", three), new("Four", one),
                    },
                    new InvalidOperationException(two), (_, _) => three);
            });
            var record = Assert.Single(records);
            Assert.True(record.Length < 16 * 1024);
            Assert.DoesNotContain(record, letter => letter is < ' ' or > '~');
            using var json = JsonDocument.Parse(record);
            foreach (var field in json.RootElement.EnumerateObject())
            {
                if (field.Value.ValueKind != JsonValueKind.String) continue;
                Assert.True(Encoding.UTF8.GetByteCount(field.Value.GetString()!) <= 1024);
            }
        }, iter: 2000);

    [Theory]
    [InlineData(1024, 1024)]
    [InlineData(1025, 1024)]
    [InlineData(1 << 20, 1024)]
    public async Task A_field_is_cut_at_1_KiB(int length, int kept)
    {
        var record = Assert.Single(await WriteAsync(logger => Say(logger, new string('x', length), "b")));
        using var json = JsonDocument.Parse(record);
        Assert.Equal(kept, json.RootElement.GetProperty("user_name").GetString()!.Length);
    }

    [Fact]
    public async Task A_cut_falls_between_characters()
    {
        static string Faces(int count) => "x" + string.Concat(Enumerable.Repeat("😀", count));
        var record = Assert.Single(await WriteAsync(logger => Say(logger, Faces(500), "b")));
        using var json = JsonDocument.Parse(record);
        Assert.Equal(Faces(255), json.RootElement.GetProperty("user_name").GetString());
    }

    [Fact]
    public async Task Numbers_that_JSON_does_not_know_are_written_as_words()
    {
        var record = Assert.Single(await WriteAsync(logger => logger.Log(
            LogLevel.Information, default, new List<KeyValuePair<string, object?>>
            {
                new("Rate", double.NaN), new("Other", 1.5), new("Count", 7), new("Nothing", null), new("Is", true),
            }, null, (_, _) => "m")));
        using var json = JsonDocument.Parse(record);
        Assert.Equal("NaN", json.RootElement.GetProperty("rate").GetString());
        Assert.Equal(1.5, json.RootElement.GetProperty("other").GetDouble());
        Assert.Equal(7, json.RootElement.GetProperty("count").GetInt32());
        Assert.Equal(JsonValueKind.Null, json.RootElement.GetProperty("nothing").ValueKind);
        Assert.True(json.RootElement.GetProperty("is").GetBoolean());
    }

    [Fact]
    public async Task An_exception_is_a_list_of_lines_within_the_record()
    {
        Exception? thrown = null;
        try
        {
            Dive(400);
        }
        catch (InvalidOperationException caught)
        {
            thrown = caught;
        }
        var record = Assert.Single(await WriteAsync(logger =>
            logger.Log(LogLevel.Error, default, "", thrown, (_, _) => "failed")));
        Assert.True(record.Length < 16 * 1024);
        using var json = JsonDocument.Parse(record);
        var lines = json.RootElement.GetProperty("exception").EnumerateArray()
            .Select(line => line.GetString()!).ToArray();
        Assert.StartsWith("System.InvalidOperationException: deep", lines[0], StringComparison.Ordinal);
        Assert.Contains(nameof(Dive), lines[1], StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_text_log_too_keeps_every_record_on_lines_of_its_own()
    {
        var lines = await WriteAsync(
            logger => Say(logger, "a\r\nforged\u001b[2J\u202e", "b"),
            (writer, clock) => new TextLogProvider(writer, clock, LogLevel.Information));
        Assert.EndsWith("a??forged?[2J? tried b", Assert.Single(lines), StringComparison.Ordinal);
    }

    [Fact]
    public async Task What_is_below_the_level_is_not_written() =>
        Assert.Empty(await WriteAsync(logger => logger.Log(LogLevel.Debug, default, "", null, (_, _) => "small")));

    private static void Dive(int depth)
    {
        if (depth == 0) throw new InvalidOperationException("deep");
        Dive(depth - 1);
    }

    private static void Say(ILogger logger, string userName, string what) => logger.Log(
        LogLevel.Warning, new EventId(1, "tried"),
        new List<KeyValuePair<string, object?>> { new("UserName", userName), new("{OriginalFormat}", "…") },
        null, (_, _) => $"{userName} tried {what}");

    private static string WithoutLoneSurrogates(string text) =>
        string.Concat(text.EnumerateRunes().Select(rune => rune.ToString()));

    private static async Task<string[]> WriteAsync(
        Action<ILogger> write, Func<LogWriter, TimeProvider, ILoggerProvider>? provider = null)
    {
        using var stream = new MemoryStream();
        await using (var writer = new LogWriter(stream))
        {
            var clock = new FakeTimeProvider();
            using var logs = provider?.Invoke(writer, clock)
                ?? new JsonLogProvider(writer, clock, LogLevel.Information);
            write(logs.CreateLogger("Ekiden.Test"));
        }
        var text = Encoding.UTF8.GetString(stream.ToArray());
        Assert.True(text.Length == 0 || text[^1] == '\n');
        return text.Split('\n')[..^1];
    }
}
