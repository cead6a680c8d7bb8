using System.Collections.Concurrent;
using System.Globalization;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>How many requests each caller may make, and the headers that say so on every answer.</summary>
/// <remarks>The field names of the IETF draft ratelimit-headers are used here and nowhere else.</remarks>
internal sealed class RateLimits(TimeProvider clock)
{
    /// <summary>Requests a second of one account.</summary>
    public const int PerSecond = 10_000;

    private const string PolicyHeader = "RateLimit-Policy";
    private const string LimitHeader = "RateLimit";

    private readonly ConcurrentDictionary<string, Window> _windows = new(StringComparer.Ordinal);

    /// <summary>Counts one request, and writes the headers; false: it is one too many.</summary>
    public bool TryTake(HttpContext http, string caller)
    {
        var left = _windows.GetOrAdd(caller, static _ => new Window()).Take(clock.GetUtcNow().ToUnixTimeSeconds());
        var headers = http.Response.Headers;
        headers[PolicyHeader] = string.Create(CultureInfo.InvariantCulture, $"\"send\";q={PerSecond};w=1");
        headers[LimitHeader] = string.Create(CultureInfo.InvariantCulture, $"\"send\";r={Math.Max(0, left)};t=1");
        return left >= 0;
    }

    private sealed class Window
    {
        private readonly Lock _gate = new();
        private long _second;
        private int _taken;

        public int Take(long second)
        {
            lock (_gate)
            {
                if (second != _second) (_second, _taken) = (second, 0);
                return PerSecond - ++_taken;
            }
        }
    }
}
