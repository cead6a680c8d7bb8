using System.Net;
using System.Text;
using Ekiden.Server.Api;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using OpenTelemetry.Metrics;

namespace Ekiden.Server.Hosting;

/// <summary>Kestrel with the API, health and metrics: <c>[http]</c> of the settings.</summary>
internal sealed class HttpHost : IAsyncDisposable
{
    private const string MetricsPath = "/metrics";
    private const long MaximumBody = 40L * 1024 * 1024; // DESIGN §11 "HTTP body limits"
    private readonly WebApplication _application;

    private HttpHost(WebApplication application) => _application = application;

    /// <summary>Where it listens: the port is known only after the start when the settings say 0.</summary>
    public IPEndPoint Address { get; private set; } = new(IPAddress.None, 0);

    /// <summary>
    /// Starts listening. <c>/metrics</c> tells of the meters of this scope and of those of the whole process, and not
    /// of another server's in the same process.
    /// </summary>
    /// <exception cref="IOException">The address is taken.</exception>
    public static async Task<HttpHost> StartAsync(
        IPEndPoint address, object meterScope, Action<IEndpointRouteBuilder> map, ILoggerFactory loggers,
        CancellationToken cancel)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.Services.AddSingleton(loggers);
        builder.Services.AddRoutingCore();
        builder.Services.AddOpenTelemetry().WithMetrics(
            metrics => metrics
                .AddMeter("Ekiden*")
                .AddView(instrument => instrument.Meter.Scope is { } scope && scope != meterScope
                    ? MetricStreamConfiguration.Drop : null)
                .AddPrometheusExporter(exporter =>
                {
                    exporter.ScopeInfoEnabled = false;
                    // Whoever asks after an answer sees it counted.
                    exporter.ScrapeResponseCacheDurationMilliseconds = 0;
                }));
        builder.WebHost.ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxRequestBodySize = MaximumBody;
            kestrel.Limits.RequestHeadersTimeout = TimeSpan.FromSeconds(15);
            kestrel.Limits.KeepAliveTimeout = TimeSpan.FromSeconds(60);
            kestrel.Listen(address);
        });
        var application = builder.Build();
        application.Use(AddHeadersAsync);
        application.UseExceptionHandler(failed => failed.Run(AnswerFailureAsync));
        application.Use(WriteMetricsPlainlyAsync);
        application.MapPrometheusScrapingEndpoint(MetricsPath);
        map(application);
        await application.StartAsync(cancel);
        var features = application.Services.GetRequiredService<IServer>().Features;
        // Kestrel always says where it listens.
        var bound = new Uri(features.Get<IServerAddressesFeature>()!.Addresses.First());
        return new HttpHost(application) { Address = new IPEndPoint(address.Address, bound.Port) };
    }

    /// <summary>Stops accepting; requests under way get five seconds.</summary>
    public async ValueTask DisposeAsync()
    {
        using var patience = new CancellationTokenSource(TimeSpan.FromSeconds(5));
        await _application.StopAsync(patience.Token);
        await _application.DisposeAsync();
    }

    // The exception itself is logged by the handler; a client learns only that the mail was not taken.
    private static Task AnswerFailureAsync(HttpContext http)
    {
        var problem = http.Features.Get<IExceptionHandlerFeature>()?.Error switch
        {
            Spool.JournalFailedException =>
                Problems.Of(503, "queue_full", "The mail was not taken: the spool has failed"),
            Spool.SpoolFullException => Problems.Of(503, "queue_full", "The mail was not taken: the spool has no room"),
            BadHttpRequestException bad => Problems.Of(bad.StatusCode, "invalid_request", "The request is not HTTP"),
            _ => Problems.Of(500, "internal_error", "The server failed; its log says why"),
        };
        return problem.ExecuteAsync(http);
    }

    // The exporter writes "name{} 0" where there are no labels: valid, but not what a person or a script looks for.
    private static async Task WriteMetricsPlainlyAsync(HttpContext http, RequestDelegate next)
    {
        if (!http.Request.Path.Equals(MetricsPath, StringComparison.Ordinal))
        {
            await next(http);
            return;
        }
        var body = http.Response.Body;
        using var text = new MemoryStream();
        http.Response.Body = text;
        await next(http);
        http.Response.Body = body;
        var plain = Encoding.UTF8.GetString(text.GetBuffer(), 0, (int)text.Length)
            .Replace("{} ", " ", StringComparison.Ordinal);
        await http.Response.WriteAsync(plain, http.RequestAborted);
    }

    // As late as possible: the answer to a failure starts with empty headers.
    private static Task AddHeadersAsync(HttpContext http, RequestDelegate next)
    {
        var given = http.Request.Headers["X-Request-Id"].ToString();
        if (given.Length is > 0 and <= 64 && given.All(IsIdCharacter)) http.TraceIdentifier = given;
        http.Response.OnStarting(static state =>
        {
            var response = ((HttpContext)state).Response;
            response.Headers["X-Request-Id"] = response.HttpContext.TraceIdentifier;
            response.Headers.XContentTypeOptions = "nosniff";
            response.Headers.CacheControl = "no-store";
            return Task.CompletedTask;
        }, http);
        return next(http);
    }

    // UUIDs and ULIDs; nothing that a log or a shell could take for more than a name.
    private static bool IsIdCharacter(char letter) => char.IsAsciiLetterOrDigit(letter) || letter is '-' or '_' or '.';
}
