using System.IO.Compression;
using System.Net.Http.Headers;
using System.Text;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>Every field of api.md §2, right and wrong.</summary>
/// <remarks>A server of its own: its accounting is compared, and others send to the shared one.</remarks>
public sealed class MessageOptionTests(RunningServer server) : IClassFixture<RunningServer>
{
    [Theory]
    [InlineData("\"cc\":\"c@sink.test\",\"bcc\":[\"d@sink.test\",{\"email\":\"e@sink.test\",\"name\":\"E\"}]", 4)]
    [InlineData("\"cc\":[\"v@sink.test\",\"V <v@sink.test>\"]", 1)] // one mail each
    [InlineData("\"reply_to\":\"r@x.test\",\"sender\":{\"email\":\"x@a.test\",\"name\":\"秘書\"}", 1)]
    [InlineData("\"html\":\"<p>b</p>\",\"auto_text\":false", 1)]
    [InlineData("\"attachments\":[{\"filename\":\"a.txt\",\"content\":\"YQ==\"}]", 1)]
    [InlineData("\"html\":\"<img src=cid:i>\",\"attachments\":[{\"filename\":\"i.png\",\"content\":\"YQ==\","
        + "\"content_id\":\"i\",\"disposition\":\"inline\"}]", 1)]
    [InlineData("\"calendar\":{\"content\":\"BEGIN:VCALENDAR\\r\\nEND:VCALENDAR\\r\\n\",\"method\":\"REQUEST\"}", 1)]
    [InlineData("\"headers\":{\"X-Case\":\"値\",\"In-Reply-To\":\"<a@b.test>\"}", 1)]
    [InlineData("\"stream\":\"bulk\",\"expires_in\":300,\"tags\":[\"a\",\"b\"],\"metadata\":{\"order\":\"42\"}", 1)]
    [InlineData("\"unsubscribe\":{\"url\":\"https://x.test/u?1\",\"mailto\":\"u@x.test\","
        + "\"list_id\":\"news.x.test\"}", 1)]
    [InlineData("\"tracking\":{\"opens\":false,\"clicks\":false},\"tls\":\"opportunistic\"", 1)]
    [InlineData("\"charset\":\"iso-2022-jp\",\"charset_fallback\":\"replace\"", 1)]
    [InlineData("\"envelope\":{\"from\":\"bounces@a.test\"}", 1)]
    [InlineData("\"quiet_hours\":{\"start\":\"21:00\",\"end\":\"08:00\",\"timezone\":\"Asia/Tokyo\"}", 1)]
    public async Task A_field_is_taken(string fields, int recipients)
    {
        var answer = await SendAsync(fields);
        Assert.True(answer.Code == 202, answer.Text);
        Assert.Equal(recipients, answer.Json.GetProperty("recipients").GetArrayLength());
    }

    [Theory]
    [InlineData("\"cc\":\"c\"", "/cc/0", "invalid_address")]
    [InlineData("\"bcc\":[\"d@sink.test\",\"e@[192.0.2.1]\"]", "/bcc/1", "invalid_address")]
    [InlineData("\"reply_to\":\"r@x.test\\n\"", "/reply_to/0", "invalid_address")]
    [InlineData("\"sender\":{\"email\":\"S <x@a.test>\",\"name\":\"T\"}", "/sender", "invalid_address")]
    [InlineData("\"attachments\":[{\"filename\":\"../a\",\"content\":\"YQ==\"}]", "/attachments/0/filename")]
    [InlineData("\"attachments\":[{\"filename\":\"a\\r\\nX: y\",\"content\":\"YQ==\"}]", "/attachments/0/filename")]
    [InlineData("\"attachments\":[{\"filename\":\"a\",\"content\":\"%%\"}]", "/attachments/0/content")]
    [InlineData("\"attachments\":[{\"filename\":\"a\",\"content\":\"YQ==\",\"content_type\":\"text\\r\\nX: y/plain\"}]",
        "/attachments/0/content_type")]
    [InlineData("\"attachments\":[{\"filename\":\"a\",\"content\":\"YQ==\",\"content_id\":\"<x>\\r\\nX: y\"}]",
        "/attachments/0/content_id")]
    [InlineData("\"attachments\":[{\"filename\":\"a\",\"content\":\"YQ==\",\"disposition\":\"hidden\"}]",
        "/attachments/0/disposition")]
    [InlineData("\"calendar\":{\"content\":\"hello\"}", "/calendar/content")]
    [InlineData("\"calendar\":{\"content\":\"BEGIN:VCALENDAR\",\"method\":\"GO\"}", "/calendar/method")]
    [InlineData("\"headers\":{\"X-A\\r\\nX-B\":\"1\"}", "/headers/X-A??X-B")]
    [InlineData("\"headers\":{\"X:A\":\"1\"}", "/headers/X:A")]
    [InlineData("\"headers\":{\"X A\":\"1\"}", "/headers/X A")]
    [InlineData("\"headers\":{\"\":\"1\"}", "/headers/")]
    [InlineData("\"headers\":{\"X-A\":\"1\\r\\nX-B: 2\"}", "/headers/X-A")]
    [InlineData("\"headers\":{\"x-a\":\"1\",\"X-A\":\"1\"}", "/headers/X-A")]
    [InlineData("\"headers\":{\"dkim-signature\":\"x\"}", "/headers/dkim-signature")]
    [InlineData("\"headers\":{\"RECEIVED\":\"x\"}", "/headers/RECEIVED")]
    [InlineData("\"headers\":{\"ARC-Seal\":\"x\"}", "/headers/ARC-Seal")]
    [InlineData("\"headers\":{\"Content-Type\":\"x\"}", "/headers/Content-Type")]
    [InlineData("\"headers\":{\"X-Ekiden-Tag\":\"x\"}", "/headers/X-Ekiden-Tag")]
    [InlineData("\"headers\":{\"Bcc\":\"x@x.test\"}", "/headers/Bcc")]
    [InlineData("\"stream\":\"none\"", "/stream")]
    [InlineData("\"send_at\":\"2999-01-01T00:00:00Z\"", "/send_at")]
    [InlineData("\"expires_in\":299", "/expires_in")]
    [InlineData("\"expires_in\":604801", "/expires_in")]
    [InlineData("\"quiet_hours\":{\"start\":\"25:00\",\"end\":\"08:00\"}", "/quiet_hours")]
    [InlineData("\"quiet_hours\":{\"start\":\"21:00\",\"end\":\"08:00\",\"timezone\":\"Mars\"}",
        "/quiet_hours/timezone")]
    [InlineData("\"tags\":[\"a\",\"\"]", "/tags/1")]
    [InlineData("\"tags\":[\"a\\nb\"]", "/tags/0")]
    [InlineData("\"tags\":[\"1\",\"2\",\"3\",\"4\",\"5\",\"6\",\"7\",\"8\",\"9\",\"10\",\"11\"]", "/tags")]
    [InlineData("\"metadata\":{\"a/b~c\":\"x\\r\\ny\"}", "/metadata/a~1b~0c")]
    [InlineData("\"unsubscribe\":{\"url\":\"http://x.test/\"}", "/unsubscribe/url")]
    [InlineData("\"unsubscribe\":{\"url\":\"https://x.test/>, <\"}", "/unsubscribe/url")]
    [InlineData("\"unsubscribe\":{\"mailto\":\"x\"}", "/unsubscribe/mailto", "invalid_address")]
    [InlineData("\"unsubscribe\":{\"list_id\":\"a b\"}", "/unsubscribe/list_id")]
    [InlineData("\"tls\":\"never\"", "/tls")]
    [InlineData("\"charset\":\"cp932\"", "/charset")]
    [InlineData("\"charset_fallback\":\"drop\"", "/charset_fallback")]
    [InlineData("\"subject\":\"㈱\",\"charset\":\"iso-2022-jp\",\"charset_fallback\":\"reject\"", "/subject")]
    public async Task A_value_that_cannot_be_is_422_and_points_at_its_place(
        string fields, string pointer, string code = "invalid_request") =>
        (await SendAsync(fields)).IsProblem(422, code, pointer);

    [Fact]
    public async Task Everything_that_is_wrong_is_told_at_once()
    {
        var answer = await SendAsync("\"tags\":[\"\"],\"expires_in\":1,\"tls\":\"x\"");
        Assert.Equal(3, answer.Json.GetProperty("errors").GetArrayLength());
    }

    [Fact]
    public async Task A_mail_without_any_body_is_422() => (await server.SendMailAsync(
        """{"from":"s@a.test","to":"v@sink.test"}""")).IsProblem(422, "invalid_request", "/text");

    [Theory]
    [InlineData(10_240, 202)]
    [InlineData(10_241, 422)]
    public async Task Metadata_has_a_limit(int bytes, int code) => Assert.Equal(
        code, (await SendAsync($"\"metadata\":{{\"k\":\"{new string('x', bytes - 1)}\"}}")).Code);

    [Fact]
    public async Task Another_accounts_domain_is_refused_wherever_it_stands()
    {
        (await SendAsync("\"sender\":\"x@b.test\"")).IsProblem(403, "domain_not_verified");
        (await SendAsync("\"envelope\":{\"from\":\"x@b.test\"}"))
            .IsProblem(403, "domain_not_verified", "/envelope/from");
    }

    [Fact]
    public async Task A_mail_for_later_is_scheduled_can_be_moved_and_cancelled_once()
    {
        var at = TimeProvider.System.GetUtcNow().AddDays(2);
        var sent = await SendAsync($"\"send_at\":\"{at:O}\"");
        Assert.Equal("scheduled", sent.Json.GetProperty("status").GetString());
        var path = "/v1/messages/" + sent.Json.GetProperty("id").GetString();
        var shown = (await server.GetAsync(path, server.KeyOfA)).Json;
        Assert.Equal(at, shown.GetProperty("send_at").GetDateTimeOffset(), TimeSpan.FromSeconds(1));
        Assert.Equal(at.AddDays(1), shown.GetProperty("expires_at").GetDateTimeOffset(), TimeSpan.FromSeconds(1));

        var later = at.AddDays(1);
        var moved = await server.AskAsync(HttpMethod.Patch, path, server.KeyOfA, $$"""{"send_at":"{{later:O}}"}""");
        Assert.Equal(200, moved.Code);
        var due = (await server.GetAsync(path, server.KeyOfA)).Json.GetProperty("recipients")[0].GetProperty("due");
        Assert.Equal(later, due.GetDateTimeOffset(), TimeSpan.FromSeconds(1));

        (await server.AskAsync(HttpMethod.Post, path + "/cancel", server.KeyOfB)).IsProblem(404, "not_found");
        var cancelled = await server.AskAsync(HttpMethod.Post, path + "/cancel", server.KeyOfA);
        Assert.Equal("cancelled", cancelled.Json.GetProperty("status").GetString());
        Assert.Equal(1, cancelled.Json.GetProperty("changed").GetInt32());
        (await server.AskAsync(HttpMethod.Post, path + "/cancel", server.KeyOfA)).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("gzip")]
    [InlineData("br")]
    [InlineData("deflate")]
    public async Task A_packed_body_is_unpacked(string encoding)
    {
        using var packed = new MemoryStream();
        await using (Stream packer = encoding switch
        {
            "gzip" => new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            "br" => new BrotliStream(packed, CompressionLevel.Fastest, leaveOpen: true),
            _ => new ZLibStream(packed, CompressionLevel.Fastest, leaveOpen: true),
        })
        {
            await packer.WriteAsync(Encoding.UTF8.GetBytes(Mail("")), RunningServer.Cancel);
        }
        Assert.Equal(202, (await PostPackedAsync(packed.ToArray(), encoding)).Code);
    }

    // zstd --compress of {"from":"s@a.test","to":"v@sink.test","text":"b"}, stored as it is: RFC 8878.
    [Fact]
    public async Task A_zstd_body_is_unpacked()
    {
        var json = Encoding.UTF8.GetBytes("""{"from":"s@a.test","to":"v@sink.test","text":"b"}""");
        byte[] frame =
        [
            0x28, 0xB5, 0x2F, 0xFD, 0x20, (byte)json.Length,
            (byte)((json.Length << 3) | 1), (byte)(json.Length >> 5), 0, .. json,
        ];
        Assert.Equal(202, (await PostPackedAsync(frame, "zstd")).Code);
        (await PostPackedAsync(frame[..^5], "zstd")).IsProblem(400, "invalid_request");
    }

    [Fact]
    public async Task What_unpacks_to_more_than_the_limit_is_413()
    {
        using var packed = new MemoryStream();
        await using (var packer = new GZipStream(packed, CompressionLevel.Fastest, leaveOpen: true))
        {
            var blanks = new byte[1 << 20];
            blanks.AsSpan().Fill((byte)' ');
            for (var i = 0; i < 50; i++) await packer.WriteAsync(blanks, RunningServer.Cancel);
        }
        (await PostPackedAsync(packed.ToArray(), "gzip")).IsProblem(413, "message_too_large");
    }

    [Fact]
    public async Task A_dry_run_says_what_would_happen_and_takes_nothing()
    {
        var before = server.Server.Accounting.Accepted;
        var fine = await server.AskAsync(HttpMethod.Post, "/v1/messages/validate", server.KeyOfA, Mail(""));
        Assert.True(fine.Json.GetProperty("valid").GetBoolean());
        Assert.Equal("transactional", fine.Json.GetProperty("stream").GetString());
        (await server.AskAsync(HttpMethod.Post, "/v1/messages/validate", server.KeyOfA, Mail("\"tags\":[\"\"]")))
            .IsProblem(422, "invalid_request", "/tags/0");
        Assert.Equal(before, server.Server.Accounting.Accepted);
    }

    [Fact]
    public async Task Every_answer_says_how_many_requests_are_left()
    {
        foreach (var answer in new[] { await SendAsync(""), await SendAsync("\"x\":1") })
        {
            Assert.Matches("^\"send\";q=\\d+;w=1$", answer.Header("RateLimit-Policy"));
            Assert.Matches("^\"send\";r=\\d+;t=1$", answer.Header("RateLimit"));
        }
    }

    private Task<Answer> SendAsync(string fields) => server.SendMailAsync(Mail(fields));

    private static string Mail(string fields) =>
        $$"""{"from":"s@a.test","to":"v@sink.test","text":"b"{{(fields.Length > 0 ? "," + fields : "")}}}""";

    private async Task<Answer> PostPackedAsync(byte[] packed, string encoding)
    {
        using var content = new ByteArrayContent(packed);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        content.Headers.ContentEncoding.Add(encoding);
        return await server.AskAsync(HttpMethod.Post, "/v1/messages", server.KeyOfA, content);
    }
}
