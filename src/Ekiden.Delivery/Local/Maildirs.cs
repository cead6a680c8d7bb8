using Ekiden.Delivery.Connections;

namespace Ekiden.Delivery.Local;

/// <summary>The Maildirs of this machine.</summary>
/// <param name="hostName">Part of the names of files.</param>
/// <param name="clock">The time in the names of files.</param>
internal sealed class Maildirs(string hostName, TimeProvider clock) : IDisposable
{
    /// <summary>How many mails are written at once: flushes that run together cost the disk one.</summary>
    public const int AtOnce = 16;

    private readonly MaildirWriter _writer = new(hostName, clock);
    private readonly Lazy<BlockingThreads> _threads = new(() => new BlockingThreads(AtOnce, "maildir"));

    /// <summary>Takes mail for the Maildirs of a path.</summary>
    public ISmtpConnection Open(MaildirPath path) => new MaildirConnection(path, _writer, _threads.Value, hostName);

    /// <summary>No more mail is written.</summary>
    public void Dispose()
    {
        if (_threads.IsValueCreated) _threads.Value.Dispose();
    }
}
