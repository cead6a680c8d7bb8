using System.Net;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Authentication;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ekiden.Dns;
using Ekiden.Server.Hosting;
using Ekiden.Testing;

namespace Ekiden.Server.Tests.Hosting;

/// <summary>Requests to addresses that strangers choose: reliability.md I-R6, I-R7.</summary>
public sealed class SafeHttpTests
{
    private static readonly FakeResolver Resolver = new("mta-sts.d.test A 127.0.0.1");

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    [Fact]
    public async Task A_page_is_fetched_over_verified_TLS()
    {
        using var authority = new TestAuthority();
        await using var server = new HttpsServer(authority.Issue("mta-sts.d.test"), "200 OK", "hello");
        using var client = Create(authority);
        Assert.Equal("hello", await client.GetStringAsync(server.Address("mta-sts.d.test"), Cancel));
    }

    [Fact]
    public async Task A_redirect_is_an_answer_like_another()
    {
        using var authority = new TestAuthority();
        await using var server = new HttpsServer(
            authority.Issue("mta-sts.d.test"), "301 Moved\r\nLocation: https://other.test/policy", "");
        using var client = Create(authority);
        using var answer = await client.GetAsync(server.Address("mta-sts.d.test"), Cancel);
        Assert.Equal(HttpStatusCode.MovedPermanently, answer.StatusCode);
        Assert.Equal(1, server.Requests);
    }

    [Theory]
    [InlineData("other.test", 10)]
    [InlineData("mta-sts.d.test", -1)]
    public async Task A_certificate_for_another_name_or_time_is_refused(string name, int days)
    {
        using var authority = new TestAuthority();
        await using var server = new HttpsServer(authority.Issue(name, days), "200 OK", "hello");
        using var client = Create(authority);
        await AssertRefusedAsync(client, server);
    }

    [Fact]
    public async Task A_certificate_of_a_stranger_is_refused()
    {
        using var authority = new TestAuthority();
        using var stranger = new TestAuthority();
        await using var server = new HttpsServer(stranger.Issue("mta-sts.d.test"), "200 OK", "hello");
        using var client = Create(authority);
        await AssertRefusedAsync(client, server);
    }

    [Theory]
    [InlineData("mta-sts.d.test")]
    [InlineData("127.0.0.1")]
    [InlineData("nowhere.test")]
    public async Task A_private_address_is_not_connected_to(string host)
    {
        using var authority = new TestAuthority();
        await using var server = new HttpsServer(authority.Issue(host), "200 OK", "hello");
        using var client = SafeHttp.Create(Resolver, new AddressRanges([], []), authority.Roots);
        await Assert.ThrowsAsync<HttpRequestException>(() => client.GetStringAsync(server.Address(host), Cancel));
        Assert.Equal(0, server.Connections);
    }

    private static HttpClient Create(TestAuthority authority) => SafeHttp.Create(
        Resolver, new AddressRanges([], [IPNetwork.Parse("127.0.0.0/8")]), authority.Roots);

    private static async Task AssertRefusedAsync(HttpClient client, HttpsServer server)
    {
        var refused = await Assert.ThrowsAsync<HttpRequestException>(
            () => client.GetStringAsync(server.Address("mta-sts.d.test"), Cancel));
        Assert.Equal(HttpRequestError.SecureConnectionError, refused.HttpRequestError);
        Assert.Equal(0, server.Requests);
    }

    /// <summary>Answers every request with the same.</summary>
    private sealed class HttpsServer : IAsyncDisposable
    {
        private readonly Socket _listener = new(SocketType.Stream, ProtocolType.Tcp);
        private readonly X509Certificate2 _certificate;
        private readonly byte[] _answer;
        private readonly Task _serving;

        public HttpsServer(X509Certificate2 certificate, string status, string body)
        {
            _certificate = certificate;
            _answer = Encoding.ASCII.GetBytes(
                $"HTTP/1.1 {status}\r\nContent-Length: {body.Length}\r\nConnection: close\r\n\r\n{body}");
            _listener.Bind(new IPEndPoint(IPAddress.Loopback, 0));
            _listener.Listen();
            _serving = ServeAsync();
        }

        public int Connections { get; private set; }

        public int Requests { get; private set; }

        public Uri Address(string host) => new($"https://{host}:{((IPEndPoint)_listener.LocalEndPoint!).Port}/");

        public async ValueTask DisposeAsync()
        {
            _listener.Dispose();
            await _serving;
        }

        private async Task ServeAsync()
        {
            while (true)
            {
                try
                {
                    using var socket = await _listener.AcceptAsync();
                    Connections++;
                    await using var tls = new SslStream(new NetworkStream(socket));
                    await tls.AuthenticateAsServerAsync(_certificate);
                    if (await tls.ReadAsync(new byte[8192]) == 0) continue;
                    Requests++;
                    await tls.WriteAsync(_answer);
                }
                catch (Exception e) when (e is IOException or AuthenticationException)
                {
                    // The client did not trust us.
                }
                catch (Exception e) when (e is SocketException or ObjectDisposedException)
                {
                    return;
                }
            }
        }
    }
}
