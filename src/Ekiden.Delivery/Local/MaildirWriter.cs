using System.Globalization;

using Microsoft.Win32.SafeHandles;

namespace Ekiden.Delivery.Local;

/// <summary>
/// Writes one mail into one Maildir: a file in tmp, flushed, moved to new, and the folder flushed. A mail that is in
/// new is whole, and is there after a power cut.
/// </summary>
/// <param name="hostName">Part of every file's name: Maildirs may be shared by machines.</param>
/// <param name="clock">The time in the names.</param>
internal sealed class MaildirWriter(string hostName, TimeProvider clock)
{
    private const int Private = 0x1C0; // 0700
    private const int PrivateFile = 0x180; // 0600

    // The names of two mails differ in the count, those of two processes in the process.
    private static readonly int Process = Environment.ProcessId;
    private static long _count;

    // In a name / ends it and : begins the flags.
    private readonly string _host =
        hostName.Replace("/", "\\057", StringComparison.Ordinal).Replace(":", "\\072", StringComparison.Ordinal);

    /// <summary>Writes; blocks until the disk has it.</summary>
    /// <exception cref="MaildirException">The disk, the rights, or a link where a folder must be.</exception>
    public void Write(string root, IReadOnlyList<string> folders, ReadOnlySpan<byte> mail)
    {
        using var maildir = OpenMaildir(root, folders);
        using var tmp = OpenOrMake(maildir, "tmp");
        using var ready = OpenOrMake(maildir, "new");
        OpenOrMake(maildir, "cur").Dispose();
        var name = NewName(mail.Length);
        using var file = Handle(
            FolderCalls.OpenAt(
                tmp, name,
                FolderCalls.WriteOnly | FolderCalls.Create | FolderCalls.Exclusive | FolderCalls.NoFollow
                    | FolderCalls.CloseOnExec,
                PrivateFile),
            "the file cannot be made");
        try
        {
            WriteAll(file, mail);
            if (FolderCalls.Sync(file) != 0) throw Failed("the file cannot be flushed");
            if (FolderCalls.RenameAt(tmp, name, ready, name) != 0) throw Failed("the file cannot be moved to new");
        }
        catch (MaildirException)
        {
            _ = FolderCalls.UnlinkAt(tmp, name, 0); // what is left there is swept by whoever reads the Maildir
            throw;
        }
        if (FolderCalls.Sync(ready) != 0) throw Failed("the folder new cannot be flushed");
    }

    private string NewName(int length)
    {
        var now = clock.GetUtcNow();
        var count = Interlocked.Increment(ref _count);
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{now.ToUnixTimeSeconds()}.M{now.Microsecond + (now.Millisecond * 1000)}P{Process}Q{count}"
            + $".{_host},S={length}");
    }

    private static SafeFileHandle OpenMaildir(string root, IReadOnlyList<string> folders)
    {
        var folder = Handle(
            FolderCalls.Open(root, FolderCalls.DirectoryOnly | FolderCalls.CloseOnExec, 0),
            "the folder of the Maildirs cannot be opened");
        foreach (var name in folders)
        {
            using var parent = folder;
            folder = OpenOrMake(parent, name);
        }
        return folder;
    }

    // Never through a link: it could lead to anybody's files.
    private static SafeFileHandle OpenOrMake(SafeFileHandle parent, string name)
    {
        var flags = FolderCalls.DirectoryOnly | FolderCalls.NoFollow | FolderCalls.CloseOnExec;
        var file = FolderCalls.OpenAt(parent, name, flags, 0);
        if (file < 0 && FolderCalls.LastError == FolderCalls.NoEntry)
        {
            if (FolderCalls.MakeFolderAt(parent, name, Private) != 0 && FolderCalls.LastError != FolderCalls.Exists)
                throw Failed("a folder cannot be made");
            if (FolderCalls.Sync(parent) != 0) throw Failed("a folder cannot be flushed");
            file = FolderCalls.OpenAt(parent, name, flags, 0);
        }
        return Handle(file, "a folder cannot be opened");
    }

    private static unsafe void WriteAll(SafeFileHandle file, ReadOnlySpan<byte> mail)
    {
        const int Interrupted = 4; // EINTR
        while (!mail.IsEmpty)
        {
            fixed (byte* bytes = mail)
            {
                var written = FolderCalls.Write(file, bytes, (nuint)mail.Length);
                if (written > 0) mail = mail[(int)written..];
                else if (written == 0 || FolderCalls.LastError != Interrupted)
                    throw Failed("the file cannot be written");
            }
        }
    }

    private static SafeFileHandle Handle(int file, string what) =>
        file >= 0 ? new SafeFileHandle(file, ownsHandle: true) : throw Failed(what);

    private static MaildirException Failed(string what) => new(what, FolderCalls.LastError);
}
