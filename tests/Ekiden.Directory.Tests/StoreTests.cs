using Ekiden.Directory.Storage;
using Microsoft.Data.Sqlite;
using Microsoft.EntityFrameworkCore;

namespace Ekiden.Directory.Tests;

public sealed class StoreTests : IAsyncLifetime
{
    private readonly DirectoryFile _file = new();

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public ValueTask InitializeAsync() => ValueTask.CompletedTask;

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task The_start_knows_every_migration_that_ef_knows_and_the_model_has_no_other_changes()
    {
        await using var context = await OpenContextAsync();
        Assert.Equal(context.Database.GetMigrations(), DirectoryStore.Migrations);
        Assert.False(context.Database.HasPendingModelChanges());
    }

    // The start reads in plain SQL what EF wrote: a column that only one of them knows would be lost.
    [Fact]
    public async Task The_start_reads_exactly_the_columns_that_ef_writes()
    {
        var directory = await _file.OpenAsync();
        var account = await directory.AddAccountAsync("a", Cancel).DoneAsync();
        await directory.SetQuotaAsync(account.Id, new SendingQuota(1, 2, 3.5), Cancel).DoneAsync();
        var expiry = _file.Clock.GetUtcNow().AddTicks(1234567);
        var issued = await directory.AddKeyAsync(account.Id, KeyScopes.Read, expiry, Cancel).DoneAsync();
        await directory.RevokeKeyAsync(issued.Key.Id, Cancel).DoneAsync();
        await directory.AddDomainAsync(account.Id, "a.test", trust: false, Cancel).DoneAsync();
        await directory.AddDomainKeysAsync("a.test", _ => [Key("s1")], Cancel).DoneAsync();
        await directory.UpdateDomainKeysAsync("a.test", keys => keys.Select(key => key with
        {
            Status = DomainKeyStatus.Retired,
            PublishedAt = _file.Clock.GetUtcNow(),
            RetiredAt = _file.Clock.GetUtcNow().AddTicks(7654321),
        }), Cancel).DoneAsync();

        var read = (await _file.OpenAsync()).Current;
        await using var context = await OpenContextAsync();
        Assert.Equal(await context.Accounts.SingleAsync(Cancel), Assert.Single(read.Accounts));
        Assert.Equal(await context.Domains.SingleAsync(Cancel), Assert.Single(read.Domains));
        var domainKey = await context.DomainKeys.SingleAsync(Cancel);
        var readKey = Assert.Single(read.KeysOf(Assert.Single(read.Domains)));
        Assert.Equal(domainKey.SealedKey.ToArray(), readKey.SealedKey.ToArray());
        Assert.Equal(domainKey with { SealedKey = default }, readKey with { SealedKey = default });
        Assert.Equivalent(await context.Keys.SingleAsync(Cancel), Assert.Single(read.Keys), strict: true);
    }

    [Fact]
    public async Task What_was_learned_of_sites_is_kept_replaced_and_forgotten()
    {
        var directory = await _file.OpenAsync();
        var now = _file.Clock.GetUtcNow().AddTicks(1234567);
        await directory.SaveLearnedAsync(
            [new("out", "mx.a.test", "{1}", now), new("out", "mx.b.test", "{2}", now)], Cancel);
        await directory.SaveLearnedAsync(
            [new("out", "mx.a.test", "{3}", now), new("out", "mx.b.test", "", now)], Cancel);

        var kept = await (await _file.OpenAsync()).LoadLearnedAsync(Cancel);
        await using var context = await OpenContextAsync();
        Assert.Equal(new LearnedLimit("out", "mx.a.test", "{3}", now), Assert.Single(kept));
        Assert.Equal(await context.LearnedLimits.SingleAsync(Cancel), Assert.Single(kept));
    }

    [Fact]
    public async Task A_selector_is_used_once_in_a_domain()
    {
        var directory = await _file.OpenAsync();
        await directory.AddAccountAsync("a", Cancel).DoneAsync();
        await directory.AddDomainAsync("a", "a.test", trust: false, Cancel).DoneAsync();
        await directory.AddDomainKeysAsync("a.test", _ => [Key("s1"), Key("s2")], Cancel).DoneAsync();
        Assert.IsType<DirectoryResult<SenderDomain>.Taken>(
            await directory.AddDomainKeysAsync("a.test", _ => [Key("s3"), Key("s2")], Cancel));
        var read = (await _file.OpenAsync()).Current;
        Assert.Equal(["s1", "s2"], read.KeysOf(Assert.Single(read.Domains)).Select(key => key.Selector));
    }

    // The operator vouched for it: DNS does not take that back.
    [Fact]
    public async Task A_domain_becomes_verified_and_a_trusted_one_stays_trusted()
    {
        var directory = await _file.OpenAsync();
        await directory.AddAccountAsync("a", Cancel).DoneAsync();
        await directory.AddDomainAsync("a", "a.test", trust: false, Cancel).DoneAsync();
        await directory.AddDomainAsync("a", "b.test", trust: true, Cancel).DoneAsync();
        foreach (var name in new[] { "a.test", "b.test" })
            await directory.SetDomainStatusAsync(name, DomainStatus.Verified, Cancel).DoneAsync();
        var read = (await _file.OpenAsync()).Current;
        Assert.Equal(DomainStatus.Verified, read.FindDomain("a.test")!.Status);
        Assert.Equal(DomainStatus.Trusted, read.FindDomain("b.test")!.Status);
    }

    [Fact]
    public async Task Only_the_owner_can_read_the_file()
    {
        Assert.SkipWhen(OperatingSystem.IsWindows(), "has no file modes");
        await _file.OpenAsync();
        var files = new FileInfo(_file.Path).Directory!.GetFiles();
        Assert.All(files, file => Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, file.UnixFileMode));
    }

    [Fact]
    public async Task A_file_that_a_newer_version_wrote_is_left_alone()
    {
        await _file.OpenAsync();
        await ExecuteAsync("INSERT INTO __EFMigrationsHistory VALUES ('29990101000000_Later', '99')");

        var trouble = await Assert.ThrowsAsync<InvalidDataException>(_file.OpenAsync);
        Assert.Contains("29990101000000_Later", trouble.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task A_file_that_is_no_database_is_named()
    {
        await File.WriteAllTextAsync(_file.Path, new string('x', 8192), Cancel);

        var trouble = await Assert.ThrowsAsync<InvalidDataException>(_file.OpenAsync);
        Assert.Contains(_file.Path, trouble.Message, StringComparison.Ordinal);
    }

    private static NewDomainKey Key(string selector) =>
        new(selector, "v=DKIM1; p=", new byte[] { 1, 2, 3 }, DomainKeyStatus.Pending);

    private async Task<DirectoryContext> OpenContextAsync()
    {
        await _file.OpenAsync();
        return new DirectoryContext(new DbContextOptionsBuilder<DirectoryContext>()
            .UseSqlite($"Data Source={_file.Path};Pooling=false").Options);
    }

    private async Task ExecuteAsync(string statement)
    {
        await using var connection = new SqliteConnection($"Data Source={_file.Path};Pooling=false");
        await connection.OpenAsync(Cancel);
        await using var command = connection.CreateCommand();
        command.CommandText = statement;
        await command.ExecuteNonQueryAsync(Cancel);
    }
}
