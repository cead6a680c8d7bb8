using System.Net;
using System.Net.Http.Headers;
using System.Text;
using Ekiden.Delivery.Security.MtaSts;
using Ekiden.Testing;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>A name service and a policy server in memory, and the policies that are learned from them.</summary>
internal sealed class StsWorld : HttpMessageHandler
{
    private readonly string _directory =
        System.IO.Directory.CreateTempSubdirectory("ekiden-security-").FullName;

    public StsWorld() => Policies = Restart();

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    public FakeResolver Resolver { get; } = new("_mta-sts.d.test TXT v=STSv1; id=1;");

    public StsPolicies Policies { get; private set; }

    /// <summary>What the policy server answers.</summary>
    public Func<HttpResponseMessage> OnRequest { get; set; } = () => Policy("enforce", "mx.d.test");

    /// <summary>Every address that was asked for.</summary>
    public List<Uri> Requests { get; } = [];

    /// <summary>A new process on the same disk.</summary>
    public StsPolicies Restart()
    {
        Policies = new StsPolicies(
            Resolver, new StsFetcher(new HttpClient(this, disposeHandler: false), Clock),
            new StsStore(Path.Join(_directory, "mta-sts")), Clock, new ErrorCounter());
        Policies.Load();
        return Policies;
    }

    public ValueTask<StsLookup> FindAsync() => Policies.FindAsync("d.test", TestContext.Current.CancellationToken);

    public void SetRecord(string text) => Resolver.Zone = FakeDnsZone.Parse([$"_mta-sts.d.test TXT {text}"]);

    public static HttpResponseMessage Policy(string mode, string host, int maxAge = 604_800) =>
        Text($"version: STSv1\r\nmode: {mode}\r\nmx: {host}\r\nmax_age: {maxAge}\r\n");

    public static HttpResponseMessage Text(string body, string type = "text/plain") =>
        new(HttpStatusCode.OK)
        {
            Content = new ByteArrayContent(Encoding.UTF8.GetBytes(body))
            {
                Headers = { ContentType = new MediaTypeHeaderValue(type) },
            },
        };

    protected override Task<HttpResponseMessage> SendAsync(HttpRequestMessage request, CancellationToken cancel)
    {
        Requests.Add(request.RequestUri!);
        return Task.FromResult(OnRequest());
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        System.IO.Directory.Delete(_directory, recursive: true);
    }
}
