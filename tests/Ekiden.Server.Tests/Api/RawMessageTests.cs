using System.Text;
using System.Text.Json;
using Ekiden.Server.Tests.Hosting;

namespace Ekiden.Server.Tests.Api;

/// <summary>Finished messages by HTTP take the path of DATA: reliability E-R4.</summary>
public sealed class RawMessageTests(RunningServer server)
{
    private const string Message = "From: <s@a.test>\r\nSubject: t\r\n\r\nb\r\n";
    private const string Envelope = "?from=s@a.test&to=v@sink.test,w@sink.test";

    [Fact]
    public async Task A_message_is_taken_with_the_envelope_in_the_address()
    {
        var answer = await PostAsync(Envelope, Message);
        Assert.True(answer.Code == 202, answer.Text);
        Assert.Equal(2, answer.Json.GetProperty("recipients").GetArrayLength());
    }

    [Fact]
    public async Task A_message_is_taken_with_the_envelope_in_header_fields()
    {
        using var content = Content(Message);
        var answer = await server.AskAsync(
            HttpMethod.Post, "/v1/messages/raw", server.KeyOfA, content, ("X-Ekiden-Envelope-From", "s@a.test"),
            ("X-Ekiden-Envelope-To", "v@sink.test"));
        Assert.Equal(202, answer.Code);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_message_is_taken_as_JSON_in_text_or_base64(bool isBase64)
    {
        var raw = isBase64 ? Convert.ToBase64String(Encoding.UTF8.GetBytes(Message)) : Message;
        var json = $$"""{"envelope":{"from":"s@a.test","to":"v@sink.test"},"raw":{{JsonSerializer.Serialize(raw)}}}""";
        Assert.Equal(202, (await server.AskAsync(HttpMethod.Post, "/v1/messages/raw", server.KeyOfA, json)).Code);
    }

    [Theory]
    [InlineData("From: <s@a.test>\n\nb\n")]
    [InlineData("From: <s@a.test>\r\n\r\nb\n.\n")]
    [InlineData("From: <s@a.test>\r\n\r\nb\rc\r\n")]
    [InlineData("From: <s@a.test>\r\n\r\nb\0c\r\n")]
    [InlineData("")]
    [InlineData("Subject: nobody\r\n\r\nb\r\n")]
    [InlineData("From: <s@a.test>\r\nFrom: <s@a.test>\r\n\r\nb\r\n")]
    public async Task What_DATA_refuses_is_refused(string message) =>
        (await PostAsync(Envelope, message)).IsProblem(422, "invalid_request");

    [Theory]
    [InlineData(998, 202)]
    [InlineData(999, 422)]
    public async Task A_line_has_an_end(int length, int code) => Assert.Equal(
        code, (await PostAsync(Envelope, $"From: <s@a.test>\r\n\r\n{new string('x', length)}\r\n")).Code);

    [Theory]
    [InlineData("?from=s@a.test", "/envelope/to", "invalid_request")]
    [InlineData("?from=s@a.test&to=v", "/envelope/to/0", "invalid_address")]
    [InlineData("?to=v@sink.test", "/envelope/from", "invalid_address")]
    public async Task A_wrong_envelope_is_422(string query, string pointer, string code) =>
        (await PostAsync(query, Message)).IsProblem(422, code, pointer);

    [Theory]
    [InlineData("?from=x@b.test&to=v@sink.test", Message)]
    [InlineData(Envelope, "From: <x@b.test>\r\n\r\nb\r\n")]
    public async Task Another_accounts_address_is_403(string query, string message) =>
        (await PostAsync(query, message)).IsProblem(403, "domain_not_verified");

    private async Task<Answer> PostAsync(string query, string message)
    {
        using var content = Content(message);
        return await server.AskAsync(HttpMethod.Post, "/v1/messages/raw" + query, server.KeyOfA, content);
    }

    private static ByteArrayContent Content(string message) => new(Encoding.UTF8.GetBytes(message))
    {
        Headers = { ContentType = new("message/rfc822") },
    };
}
