using System.Globalization;
using System.Net.Http.Headers;
using System.Text;
using System.Text.RegularExpressions;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>The vectors of the API: the status, the field it points at, and nothing taken.</summary>
public sealed class ApiVectorTests(VectorServer server) : IClassFixture<VectorServer>
{
    public static TheoryData<string> Ids() =>
        [.. Vector.All.Where(vector => IsOfApi(vector) && Claims.Of(vector.Id) == Claims.Here).Select(
            vector => vector.Id)];

    [Theory]
    [MemberData(nameof(Ids))]
    public async Task Vector_is_answered_as_it_must(string id)
    {
        var vector = Vector.Of(id);
        var before = await server.CountMessagesAsync();
        using var http = new HttpClient { BaseAddress = server.Process.Http };
        using var request = vector.Kind == "http"
            ? new HttpRequestMessage(new HttpMethod(vector.Text("method")), Raw(vector.Text("path")))
            : new HttpRequestMessage(HttpMethod.Post, new Uri("/v1/messages", UriKind.Relative));
        request.Headers.Authorization = new AuthenticationHeaderValue("Bearer", server.TenantA.Secret);
        if (vector.Kind is null) request.Content = new StringContent(Body(vector), Encoding.UTF8, "application/json");
        using var answer = await http.SendAsync(request, TestContext.Current.CancellationToken);
        var text = await answer.Content.ReadAsStringAsync(TestContext.Current.CancellationToken);
        var status = ((int)answer.StatusCode).ToString(CultureInfo.InvariantCulture);
        Assert.True(
            Regex.IsMatch(status, vector.Replies.Single(), RegexOptions.None, TimeSpan.FromSeconds(1)),
            $"{id}: {status} {text}");
        if (vector.Json.TryGetProperty("note", out var note)
            && note.GetString() is { } words && words.StartsWith("pointer: ", StringComparison.Ordinal))
        {
            Assert.Contains($"\"pointer\":\"{words["pointer: ".Length..]}\"", text, StringComparison.Ordinal);
        }
        Assert.Equal(vector.Messages, await server.CountMessagesAsync() - before);
    }

    private static bool IsOfApi(Vector vector) =>
        vector.Kind == "http" || (vector.Kind is null && vector.Listener == "api");

    private static string Body(Vector vector) => vector.Json.TryGetProperty("raw", out var raw)
        ? raw.GetString()! // a text
        : vector.Json.GetProperty("body").GetRawText();

    // As it stands: dots and escapes are not tidied up before the server sees them.
    private Uri Raw(string path) => new(
        server.Process.Http.GetLeftPart(UriPartial.Authority) + path,
        new UriCreationOptions { DangerousDisablePathAndQueryCanonicalization = true });
}
