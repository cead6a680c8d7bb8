using System.Security.Cryptography;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Directory.Tests;

/// <summary>A directory in a folder of its own, opened and reopened by one test.</summary>
internal sealed class DirectoryFile : IAsyncDisposable
{
    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-directory-");
    private AccountDirectory? _open;

    public FakeTimeProvider Clock { get; } = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    public string Path => System.IO.Path.Combine(_folder.FullName, AccountDirectory.FileName);

    /// <summary>Opens the file, closing it first when it is open.</summary>
    public async Task<AccountDirectory> OpenAsync()
    {
        if (_open is not null) await _open.DisposeAsync();
        _open = await AccountDirectory.OpenAsync(
            Path, Clock, RandomNumberGenerator.Create(), NullLogger<AccountDirectory>.Instance,
            TestContext.Current.CancellationToken);
        return _open;
    }

    public async ValueTask DisposeAsync()
    {
        if (_open is not null) await _open.DisposeAsync();
        _folder.Delete(recursive: true);
    }
}

internal static class DirectoryResultAssert
{
    /// <summary>The value of a change that must have been done.</summary>
    public static async Task<T> DoneAsync<T>(this Task<DirectoryResult<T>> change) =>
        Assert.IsType<DirectoryResult<T>.Done>(await change).Value;
}
