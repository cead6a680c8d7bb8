using System.Collections.Immutable;
using System.Net;
using System.Net.Http.Headers;
using System.Net.Security;
using System.Net.Sockets;
using System.Security.Cryptography.X509Certificates;
using Ekiden.Dns;

namespace Ekiden.Server.Hosting;

/// <summary>
/// Makes the client for addresses that strangers choose (MTA-STS policies, reports, webhooks): it follows no redirects,
/// uses no proxy and no cookies, verifies certificates, and connects to no address that <see cref="AddressRanges"/>
/// forbids, judged on the very address that the socket takes (reliability.md I-R6, I-R7).
/// </summary>
internal static class SafeHttp
{
    private const int MaxBuffered = 64 * 1024;

    private static readonly TimeSpan ConnectTimeout = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan TotalTimeout = TimeSpan.FromSeconds(60);

    /// <summary>A client for many requests; the caller disposes it.</summary>
    /// <param name="resolver">Finds addresses.</param>
    /// <param name="ranges">Which of them may be connected to.</param>
    /// <param name="roots">The only roots that are trusted; null trusts the system's.</param>
    public static HttpClient Create(IResolver resolver, AddressRanges ranges, X509Certificate2Collection? roots = null)
    {
        var handler = new SocketsHttpHandler
        {
            AllowAutoRedirect = false,
            UseProxy = false,
            UseCookies = false,
            AutomaticDecompression = DecompressionMethods.None,
            ConnectTimeout = ConnectTimeout,
            MaxResponseHeadersLength = 16, // KiB
            PooledConnectionIdleTimeout = TimeSpan.FromSeconds(5),
            ConnectCallback = (context, cancel) => ConnectAsync(context.DnsEndPoint, resolver, ranges, cancel),
        };
        if (roots is not null)
        {
            var policy = new X509ChainPolicy { TrustMode = X509ChainTrustMode.CustomRootTrust };
            policy.RevocationMode = X509RevocationMode.NoCheck;
            policy.CustomTrustStore.AddRange(roots);
            handler.SslOptions = new SslClientAuthenticationOptions { CertificateChainPolicy = policy };
        }
        var client = new HttpClient(handler)
        {
            Timeout = TotalTimeout,
            MaxResponseContentBufferSize = MaxBuffered,
        };
        client.DefaultRequestHeaders.UserAgent.Add(new ProductInfoHeaderValue("Ekiden", null));
        return client;
    }

    private static async ValueTask<Stream> ConnectAsync(
        DnsEndPoint target, IResolver resolver, AddressRanges ranges, CancellationToken cancel)
    {
        SocketException? last = null;
        foreach (var address in await FindAsync(target.Host, resolver, cancel))
        {
            if (ranges.Judge(address) != TargetVerdict.Allowed) continue;
            var socket = new Socket(address.AddressFamily, SocketType.Stream, ProtocolType.Tcp) { NoDelay = true };
            try
            {
                await socket.ConnectAsync(new IPEndPoint(address, target.Port), cancel);
                return new NetworkStream(socket, ownsSocket: true);
            }
            catch (SocketException e)
            {
                socket.Dispose();
                last = e;
            }
            catch
            {
                socket.Dispose();
                throw;
            }
        }
        throw new HttpRequestException(
            last is null ? $"{target.Host} has no address that may be connected to" : $"no connection to {target.Host}",
            last);
    }

    private static async ValueTask<IEnumerable<IPAddress>> FindAsync(
        string host, IResolver resolver, CancellationToken cancel)
    {
        if (IPAddress.TryParse(host, out var literal)) return [literal];
        var four = await resolver.FindIPv4Async(host, cancel);
        var six = await resolver.FindIPv6Async(host, cancel);
        return [.. Addresses(four), .. Addresses(six)];
    }

    private static ImmutableArray<IPAddress> Addresses(DnsAnswer<IPAddress> answer) =>
        answer is DnsAnswer<IPAddress>.Found found ? found.Records : [];
}
