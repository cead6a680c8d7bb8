namespace Ekiden.Spool.Disk;

/// <summary>The operating system refused a disk operation. Says which, on what, and the errno by its name.</summary>
internal sealed class DiskException(string operation, string path, int errno)
    : IOException($"{operation} {path}: {Errno.Name(errno)}", errno)
{
    /// <summary>The system call, such as <c>fdatasync</c>.</summary>
    public string Operation { get; } = operation;

    /// <summary>The file or directory.</summary>
    public string Path { get; } = path;

    /// <summary>The number the operating system gave.</summary>
    public int Number { get; } = errno;

    /// <summary>The disk or the quota is full: a refusal of new mail, not the end, when a write says so.</summary>
    public bool IsFull => Number is Errno.NoSpace or Errno.Quota;
}

/// <summary>Error numbers of Linux (the same on x86-64 and arm64) that a disk answers with.</summary>
internal static class Errno
{
    /// <summary>ENOENT.</summary>
    public const int NotFound = 2;

    /// <summary>EINTR.</summary>
    public const int Interrupted = 4;

    /// <summary>EIO.</summary>
    public const int InputOutput = 5;

    /// <summary>EWOULDBLOCK: somebody else holds the lock.</summary>
    public const int WouldBlock = 11;

    /// <summary>EACCES.</summary>
    public const int Access = 13;

    /// <summary>EEXIST.</summary>
    public const int Exists = 17;

    /// <summary>ENOSPC.</summary>
    public const int NoSpace = 28;

    /// <summary>EDQUOT.</summary>
    public const int Quota = 122;

    /// <summary>The symbolic name, such as <c>EIO</c>; the number when it has none here.</summary>
    public static string Name(int errno) => errno switch
    {
        1 => "EPERM",
        NotFound => "ENOENT",
        Interrupted => "EINTR",
        InputOutput => "EIO",
        9 => "EBADF",
        WouldBlock => "EAGAIN",
        12 => "ENOMEM",
        Access => "EACCES",
        16 => "EBUSY",
        Exists => "EEXIST",
        20 => "ENOTDIR",
        21 => "EISDIR",
        22 => "EINVAL",
        23 => "ENFILE",
        24 => "EMFILE",
        27 => "EFBIG",
        NoSpace => "ENOSPC",
        30 => "EROFS",
        36 => "ENAMETOOLONG",
        39 => "ENOTEMPTY",
        Quota => "EDQUOT",
        _ => $"errno {errno}",
    };
}
