using System.Net.Http.Headers;
using System.Text;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>Requests that are wrong in form or value: api.md §1, reliability E.</summary>
public sealed class RequestTests(RunningServer server)
{
    [Theory]
    [InlineData("")]
    [InlineData("null")]
    [InlineData("[]")]
    [InlineData("\"text\"")]
    [InlineData("{")]
    [InlineData("{} {}")]
    [InlineData("""{"from":null,"to":"v@sink.test","text":"b"}""", "/from")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","subject":5,"text":"b"}""", "/subject")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","colour":"red"}""", "/colour")]
    [InlineData("""{"From":"s@a.test","from":"s@a.test","to":"v@sink.test","text":"b"}""", "/From")]
    [InlineData("""{"from":"s@a.test","to":["v@sink.test"],"to":["w@sink.test"],"subject":"t","text":"b"}""", "/to")]
    [InlineData("""{"from":1,"to":"v@sink.test","text":"b"}""", "/from")]
    [InlineData("""{"from":"s@a.test","to":[1],"text":"b"}""", "/to")]
    [InlineData("""{"from":"s@a.test","to":[["v@sink.test"]],"text":"b"}""", "/to")]
    [InlineData("""{"from":"s@a.test","to":{"email":5},"text":"b"}""", "/to")]
    [InlineData("""{"from":"s@a.test","to":{"mail":"v@sink.test"},"text":"b"}""", "/to")]
    [InlineData("""{"from":"s@a.test","to":{"name":"v"},"text":"b"}""", "/to")]
    [InlineData("""{"from":"s@a.test","to":{"email":"v@a.test","email":"w@a.test"},"text":"b"}""", "/to")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","headers":{"X-A":1}}""", "/headers/X-A")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","headers":{"X-A":"1","X-A":"2"}}""",
        "/headers/X-A")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","metadata":{"a.b":1}}""", "/metadata/a.b")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","attachments":[{"content":"YQ=="}]}""",
        "/attachments/0")]
    [InlineData("""{"from":"s@a.test","to":"v@a.test","text":"b","attachments":[{"filename":"","content":"","x":1}]}""",
        "/attachments/0/x")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","send_at":"tomorrow"}""", "/send_at")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":"b","expires_in":"300"}""", "/expires_in")]
    [InlineData("""{"from":"s@a.test","to":"v@sink.test","text":true}""", "/text")]
    public async Task A_wrong_form_is_400_and_points_at_the_field(string json, string? pointer = null) =>
        (await server.SendMailAsync(json)).IsProblem(400, "invalid_request", pointer);

    [Theory]
    [InlineData("a\\r\\nBcc: v@x.test")]
    [InlineData("a\\u0000b")]
    [InlineData("a\\u0085b")]
    [InlineData("a\\u2028b")]
    [InlineData("a\\u2029b")]
    [InlineData("a\\u007fb")]
    [InlineData("a\\u001bb")]
    [InlineData("a\\nb")]
    [InlineData("a\\ud800b")]
    [InlineData("a\\udc00\\ud800b")]
    public async Task A_control_character_in_a_header_field_is_422_and_points_at_the_field(string text)
    {
        (await server.SendMailAsync($$"""{"from":"s@a.test","to":"v@sink.test","subject":"{{text}}","text":"b"}"""))
            .IsProblem(422, "invalid_request", "/subject");
        // What is no Unicode is found while the JSON is read, whatever the field is.
        var code = text.Contains("\\ud", StringComparison.Ordinal) ? "invalid_request" : "invalid_address";
        (await server.SendMailAsync($$"""{"from":"{{text}} <s@a.test>","to":"v@sink.test","text":"b"}"""))
            .IsProblem(422, code, "/from");
        (await server.SendMailAsync($$"""{"from":"s@a.test","to":["v@a.test","{{text}} <w@a.test>"],"text":"b"}"""))
            .IsProblem(422, code, code == "invalid_request" ? "/to" : "/to/1");
    }

    [Theory]
    [InlineData("\\\"a\\r\\nDATA\\\"@x.test")]
    [InlineData("a@x.test\\nb@x.test")]
    [InlineData("a@[127.0.0.1]")]
    [InlineData("a@x.test, b@x.test")]
    [InlineData("<a@x.test")]
    [InlineData("a@x.test>")]
    [InlineData("a@@x.test")]
    [InlineData("a@localhost")]
    [InlineData("a%b@x.test")]
    [InlineData("nobody-here@in.test")]
    [InlineData("")]
    public async Task A_bad_recipient_is_422_and_points_at_its_place(string address)
    {
        (await server.SendMailAsync($$"""{"from":"s@a.test","to":["{{address}}"],"text":"b"}"""))
            .IsProblem(422, "invalid_address", "/to/0");
        (await server.SendMailAsync($$"""{"from":"s@a.test","to":["v@sink.test","{{address}}"],"text":"b"}"""))
            .IsProblem(422, "invalid_address", "/to/1");
    }

    [Theory]
    [InlineData(50, true)]
    [InlineData(51, false)]
    public async Task There_is_a_most_of_recipients(int count, bool isTaken)
    {
        var to = string.Join(',', Enumerable.Range(0, count).Select(place => $"\"v{place}@sink.test\""));
        var answer = await server.SendMailAsync($$"""{"from":"s@a.test","to":[{{to}}],"text":"b"}""");
        if (isTaken) Assert.Equal(count, answer.Json.GetProperty("recipients").GetArrayLength());
        else answer.IsProblem(422, "too_many_recipients", "/to");
    }

    [Fact]
    public async Task Nobody_at_all_is_422() =>
        (await server.SendMailAsync("""{"from":"s@a.test","to":[],"text":"b"}"""))
            .IsProblem(422, "invalid_request", "/to");

    [Theory]
    [InlineData("x@b.test")]
    [InlineData("\\\"s@a.test\\\" <x@b.test>")]
    [InlineData("x@xa.test")]
    public async Task An_author_of_another_domain_is_403(string from) =>
        (await server.SendMailAsync($$"""{"from":"{{from}}","to":"v@sink.test","text":"b"}"""))
            .IsProblem(403, "domain_not_verified", "/from");

    [Theory]
    [InlineData("application/json", null, 422)]
    [InlineData("application/json; charset=utf-8", null, 422)]
    [InlineData("application/problem+json", null, 422)]
    [InlineData("text/plain", null, 415)]
    [InlineData("application/x-www-form-urlencoded", null, 415)]
    [InlineData("application/jsonx", null, 415)]
    [InlineData("application/json", "compress", 415)]
    [InlineData("application/json", "gzip", 400)] // which it is not
    [InlineData("application/json", "zstd", 400)]
    public async Task Only_plain_JSON_is_read(string mediaType, string? encoding, int status)
    {
        using var content = new ByteArrayContent("""{"from":"s@a.test","to":[],"text":"b"}"""u8.ToArray());
        content.Headers.ContentType = MediaTypeHeaderValue.Parse(mediaType);
        if (encoding is not null) content.Headers.ContentEncoding.Add(encoding);
        (await server.AskAsync(HttpMethod.Post, "/v1/messages", server.KeyOfA, content))
            .IsProblem(status, "invalid_request");
    }

    [Fact]
    public async Task Bytes_that_are_not_UTF8_are_400()
    {
        byte[] json = [.. """{"from":"s@a.test","to":"v@sink.test","text":"x"""u8, 0xFF, .. "\"}"u8];
        using var content = new ByteArrayContent(json);
        content.Headers.ContentType = new MediaTypeHeaderValue("application/json");
        (await server.AskAsync(HttpMethod.Post, "/v1/messages", server.KeyOfA, content))
            .IsProblem(400, "invalid_request");
    }

    // DESIGN §11: 40 MiB.
    [Fact]
    public async Task A_body_over_the_limit_is_413()
    {
        using var content = new StringContent(new string(' ', (40 << 20) + 1), Encoding.UTF8, "application/json");
        var answer = await server.AskAsync(
            HttpMethod.Post, "/v1/messages", server.KeyOfA, content, ("Expect", "100-continue"));
        answer.IsProblem(413, "message_too_large");
    }

    [Fact]
    public async Task Depth_has_an_end() =>
        (await server.SendMailAsync(new string('[', 40))).IsProblem(400, "invalid_request");

    [Theory]
    [InlineData("/v1/messages/..%2f..%2fetc%2fpasswd")]
    [InlineData("/v1/messages/msg_0123456789ABCDEFGHJKMNPQR")]
    [InlineData("/v1/messages/msg_0123456789ABCDEFGHJKMNPQRST")]
    [InlineData("/v1/messages/msg_0123456789abcdefghjkmnpqrs")]
    [InlineData("/v1/messages/msg_0123456789ABCDEFGHJKMNPQRU")]
    [InlineData("/v1/messages/0123456789ABCDEFGHJKMNPQRS")]
    [InlineData("/v1/messages/'%20OR%201=1--")]
    public async Task What_is_no_id_is_not_there(string path)
    {
        (await server.GetAsync(path, server.KeyOfA)).IsProblem(404, "not_found");
        (await server.GetAsync(path, server.AdminToken)).IsProblem(404, "not_found");
    }

    [Theory]
    [InlineData("abc123", true)]
    [InlineData("6f1c7e9a-0d6b-7c43-9b1e-5a2f3b4c5d6e", true)]
    [InlineData("a b", false)]
    [InlineData("a\"b", false)]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345", false)]
    public async Task A_request_id_is_echoed_when_it_is_only_a_name(string id, bool isEchoed)
    {
        foreach (var path in new[] { "/healthz", "/v1/nothing", "/metrics" })
        {
            var answer = await server.AskAsync(HttpMethod.Get, path, null, (HttpContent?)null, ("X-Request-Id", id));
            Assert.Equal(isEchoed, answer.Header("X-Request-Id") == id);
            Assert.Equal("nosniff", answer.Header("X-Content-Type-Options"));
            Assert.Equal("no-store", answer.Header("Cache-Control"));
        }
    }

    [Theory]
    [InlineData("POST", "/v1/accounts", """{"name":""}""", "/name")]
    [InlineData("POST", "/v1/accounts", """{"name":"a\nb"}""", "/name")]
    [InlineData("PATCH", "/v1/accounts/A", """{"status":"1"}""", "/status")]
    [InlineData("PATCH", "/v1/accounts/A", """{"status":"gone"}""", "/status")]
    [InlineData("PUT", "/v1/accounts/A/quota", """{"per_hour":0}""", "/per_hour")]
    [InlineData("PUT", "/v1/accounts/A/quota", """{"per_day":-1}""", "/per_day")]
    [InlineData("PUT", "/v1/accounts/A/quota", """{"per_second":-0.5}""", "/per_second")]
    [InlineData("POST", "/v1/api-keys", """{"account":"A","scopes":["send","fly"]}""", "/scopes/1")]
    [InlineData("POST", "/v1/api-keys", """{"account":"A","scopes":[]}""", "/scopes")]
    [InlineData("POST", "/v1/api-keys", """{"account":"A","expires_at":"2001-01-01T00:00:00Z"}""", "/expires_at")]
    [InlineData("POST", "/v1/domains", """{"account":"A","domain":"not a domain"}""", "/domain")]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{}}""", "/filter")]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{"id":"msg_1"}}""", "/filter/id")]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{"recipient":"nobody"}}""", "/filter/recipient")]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{"reason":"whim"}}""", "/filter/reason")]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{"older_than_seconds":9223372036854775807}}""",
        "/filter/older_than_seconds")]
    [InlineData("GET", "/v1/queue?recipent=a@b.test", null, "/recipent")]
    [InlineData("GET", "/v1/queue?limit=0", null, "/limit")]
    [InlineData("GET", "/v1/queue?limit=1001", null, "/limit")]
    [InlineData("GET", "/v1/queue?limit=10&limit=20", null, "/limit")]
    [InlineData("GET", "/v1/queue?older_than_seconds=-5", null, "/older_than_seconds")]
    public async Task The_operator_too_is_told_which_value_is_wrong(
        string method, string path, string? json, string pointer) =>
        (await server.AskAsync(new HttpMethod(method), path, server.AdminToken, json))
            .IsProblem(422, "invalid_request", pointer);

    [Theory]
    [InlineData("POST", "/v1/accounts", """{"name":"a"}""", 409)] // A exists, whatever the case
    [InlineData("PATCH", "/v1/accounts/nobody", """{"status":"active"}""", 404)]
    [InlineData("POST", "/v1/api-keys", """{"account":"nobody"}""", 404)]
    [InlineData("DELETE", "/v1/api-keys/nobody", null, 404)]
    [InlineData("POST", "/v1/domains", """{"account":"B","domain":"A.test","trust":true}""", 409)]
    [InlineData("POST", "/v1/queue/hold", """{"filter":null}""", 400)]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{"all":"yes"}}""", 400)]
    [InlineData("POST", "/v1/queue/hold", """{"filter":{"older_than_seconds":"60"}}""", 400)]
    public async Task What_is_taken_missing_or_mistyped_changes_nothing(
        string method, string path, string? json, int status) =>
        Assert.Equal(status, (await server.AskAsync(new HttpMethod(method), path, server.AdminToken, json)).Code);
}
