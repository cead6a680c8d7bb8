using System.Runtime.InteropServices;
using System.Threading.Channels;

namespace Ekiden;

/// <summary>SIGTERM and SIGINT (stop), SIGHUP (reload), one after the other.</summary>
internal sealed class Signals : IDisposable
{
    private readonly Channel<PosixSignal> _arrived = Channel.CreateUnbounded<PosixSignal>();
    private readonly PosixSignalRegistration[] _registrations;

    public Signals() => _registrations =
        [.. new[] { PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP }.Select(Register)];

    public Task<PosixSignal> NextAsync() => _arrived.Reader.ReadAsync(CancellationToken.None).AsTask();

    public void Dispose()
    {
        foreach (var registration in _registrations) registration.Dispose();
    }

    private PosixSignalRegistration Register(PosixSignal signal) => PosixSignalRegistration.Create(signal, context =>
    {
        context.Cancel = true; // we end by ourselves, in order
        _arrived.Writer.TryWrite(signal);
    });
}
