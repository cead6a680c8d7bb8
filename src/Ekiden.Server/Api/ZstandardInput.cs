using System.Runtime.InteropServices;

namespace Ekiden.Server.Api;

/// <summary>Unpacks zstd (RFC 8878) with the system's library, which every Debian has.</summary>
internal sealed partial class ZstandardInput(Stream packed) : Stream
{
    private const string Library = "libzstd.so.1";
    private const int WindowLogMax = 100; // ZSTD_d_windowLogMax
    private const int LargestWindowLog = 27; // 128 MiB; RFC 9659 §3 asks for at most 8 MiB

    private readonly byte[] _input = new byte[64 << 10];
    private nint _context = CreateContext();
    private int _inputAt;
    private int _inputEnd;
    private bool _isFrameOpen;

    /// <summary>The library is there.</summary>
    public static bool IsAvailable { get; } = NativeLibrary.TryLoad(Library, out _);

    public override bool CanRead => true;

    public override bool CanSeek => false;

    public override bool CanWrite => false;

    public override long Length => throw new NotSupportedException();

    public override long Position
    {
        get => throw new NotSupportedException();
        set => throw new NotSupportedException();
    }

    /// <exception cref="InvalidDataException">It is no zstd, or ends early.</exception>
    public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
    {
        while (!buffer.IsEmpty)
        {
            var written = Unpack(buffer.Span);
            if (written > 0) return written;
            if (_inputAt < _inputEnd) continue;
            (_inputAt, _inputEnd) = (0, await packed.ReadAsync(_input, cancellationToken));
            if (_inputEnd > 0) continue;
            return _isFrameOpen ? throw new InvalidDataException("The zstd frame ends early") : 0;
        }
        return 0;
    }

    public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) =>
        ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

    public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    public override void Flush()
    {
    }

    public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

    public override void SetLength(long value) => throw new NotSupportedException();

    public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

    protected override void Dispose(bool disposing)
    {
        if (_context != 0) _ = FreeContext(_context);
        _context = 0;
        base.Dispose(disposing);
    }

    private static nint CreateContext()
    {
        var context = NewContext();
        _ = SetParameter(context, WindowLogMax, LargestWindowLog);
        return context;
    }

    private unsafe int Unpack(Span<byte> into)
    {
        fixed (byte* source = _input)
        fixed (byte* target = into)
        {
            var input = new Block { Bytes = source, Size = (nuint)_inputEnd, Position = (nuint)_inputAt };
            var output = new Block { Bytes = target, Size = (nuint)into.Length, Position = 0 };
            var rest = Decompress(_context, ref output, ref input);
            if (IsError(rest) != 0) throw new InvalidDataException("Not zstd");
            if (input.Position > (nuint)_inputAt || output.Position > 0) _isFrameOpen = rest != 0;
            _inputAt = (int)input.Position;
            return (int)output.Position;
        }
    }

    [StructLayout(LayoutKind.Sequential)]
    private unsafe struct Block
    {
        public byte* Bytes;
        public nuint Size;
        public nuint Position;
    }

    [LibraryImport(Library, EntryPoint = "ZSTD_createDCtx")]
    private static partial nint NewContext();

    [LibraryImport(Library, EntryPoint = "ZSTD_freeDCtx")]
    private static partial nuint FreeContext(nint context);

    [LibraryImport(Library, EntryPoint = "ZSTD_DCtx_setParameter")]
    private static partial nuint SetParameter(nint context, int parameter, int value);

    [LibraryImport(Library, EntryPoint = "ZSTD_decompressStream")]
    private static partial nuint Decompress(nint context, ref Block output, ref Block input);

    [LibraryImport(Library, EntryPoint = "ZSTD_isError")]
    private static partial uint IsError(nuint code);
}
