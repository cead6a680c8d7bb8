using System.Net;
using System.Text;

namespace Ekiden.Cli.Tests;

/// <summary>An API that answers what a test says, and remembers what it was asked.</summary>
internal sealed class FakeApi : HttpMessageHandler
{
    private readonly Queue<(HttpStatusCode Status, string Body)> _answers = new();

    /// <summary><c>METHOD url body</c>, in order.</summary>
    public List<string> Requests { get; } = [];

    /// <summary>The last request's headers.</summary>
    public Dictionary<string, string> Headers { get; } = new(StringComparer.OrdinalIgnoreCase);

    public FakeApi Answer(string body, HttpStatusCode status = HttpStatusCode.OK)
    {
        _answers.Enqueue((status, body));
        return this;
    }

    protected override async Task<HttpResponseMessage> SendAsync(
        HttpRequestMessage request, CancellationToken cancellationToken)
    {
        var body = request.Content is null ? "" : " " + await request.Content.ReadAsStringAsync(cancellationToken);
        Requests.Add($"{request.Method} {request.RequestUri}{body}");
        Headers.Clear();
        foreach (var header in request.Headers) Headers[header.Key] = string.Join(',', header.Value);
        if (!_answers.TryDequeue(out var answer)) throw new HttpRequestException("Connection refused");
        return new HttpResponseMessage(answer.Status)
        {
            Content = new StringContent(answer.Body, Encoding.UTF8, "application/json"),
        };
    }
}
