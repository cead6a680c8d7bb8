using System.IO.Compression;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;

namespace Ekiden.Server.Api;

/// <summary>The body of a request, unpacked (gzip, deflate, br, zstd) inside a limit of its unpacked size.</summary>
internal static class RequestBody
{
    /// <summary>A message, DESIGN §11: 25 MiB of mail in base64.</summary>
    public const long LargestMessage = 40L << 20;

    /// <summary>A batch in JSON.</summary>
    public const long LargestBatch = 50L << 20;

    /// <summary>The whole body, or the problem to answer with; exactly one is null.</summary>
    public static async Task<(ReadOnlyMemory<byte>? Bytes, IResult? Problem)> ReadAsync(HttpContext http, long limit)
    {
        var (stream, problem) = Open(http, limit);
        if (stream is null) return (null, problem);
        await using (stream)
        {
            using var bytes = new MemoryStream((int)Math.Clamp(http.Request.ContentLength ?? 0, 0, 1 << 20));
            try
            {
                await stream.CopyToAsync(bytes, http.RequestAborted);
            }
            catch (BadHttpRequestException wrong) when (wrong.StatusCode == StatusCodes.Status413PayloadTooLarge)
            {
                return (null, TooLarge);
            }
            catch (InvalidDataException)
            {
                return (null, Problems.Of(400, "invalid_request", "The compressed body cannot be unpacked"));
            }
            return (bytes.GetBuffer().AsMemory(0, (int)bytes.Length), null);
        }
    }

    /// <summary>The body as it comes; reading past the limit throws <see cref="BadHttpRequestException"/>.</summary>
    public static (Stream? Body, IResult? Problem) Open(HttpContext http, long limit)
    {
        var size = http.Features.Get<IHttpMaxRequestBodySizeFeature>();
        if (size is { IsReadOnly: false }) size.MaxRequestBodySize = limit == long.MaxValue ? null : limit;
        var encoding = http.Request.Headers.ContentEncoding.ToString();
        if (encoding.Length == 0 || encoding.Equals("identity", StringComparison.OrdinalIgnoreCase))
            return (http.Request.Body, null);
        Stream? unpacked = encoding.ToLowerInvariant() switch
        {
            "gzip" or "x-gzip" => new GZipStream(http.Request.Body, CompressionMode.Decompress),
            "deflate" => new ZLibStream(http.Request.Body, CompressionMode.Decompress),
            "br" => new BrotliStream(http.Request.Body, CompressionMode.Decompress),
            "zstd" when ZstandardInput.IsAvailable => new ZstandardInput(http.Request.Body),
            _ => null,
        };
        return unpacked is null
            ? (null, Problems.Of(415, "invalid_request", "Content-Encoding is gzip, deflate, br or zstd"))
            : (new LimitedStream(unpacked, limit), null);
    }

    /// <summary>The answer to a body over its limit.</summary>
    public static IResult TooLarge { get; } =
        Problems.Of(413, "message_too_large", "The request body is larger than this server takes");

    // A few bytes can unpack to gigabytes.
    private sealed class LimitedStream(Stream inner, long limit) : Stream
    {
        private long _left = limit;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask<int> ReadAsync(
            Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var read = await inner.ReadAsync(buffer, cancellationToken);
            _left -= read;
            return _left >= 0
                ? read
                : throw new BadHttpRequestException("The body is too large", StatusCodes.Status413PayloadTooLarge);
        }

        public override Task<int> ReadAsync(
            byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
            ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override async ValueTask DisposeAsync()
        {
            await inner.DisposeAsync();
            await base.DisposeAsync();
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing) inner.Dispose();
            base.Dispose(disposing);
        }
    }
}
