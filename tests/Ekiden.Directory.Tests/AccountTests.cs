namespace Ekiden.Directory.Tests;

public sealed class AccountTests : IAsyncLifetime
{
    private readonly DirectoryFile _file = new();
    private AccountDirectory _directory = null!; // opened before every test

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync() => _directory = await _file.OpenAsync();

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_new_account_is_active_and_has_no_quota()
    {
        var account = await _directory.AddAccountAsync("Hakone", Cancel).DoneAsync();

        Assert.Matches("^acc_[0-9A-HJKMNP-TV-Z]{26}$", account.Id);
        Assert.Equal(AccountStatus.Active, account.Status);
        Assert.Equal(SendingQuota.None, account.Quota);
        Assert.Equal(_file.Clock.GetUtcNow(), account.CreatedAt);
    }

    [Fact]
    public async Task An_account_is_found_by_id_and_by_name_in_any_case()
    {
        var account = await _directory.AddAccountAsync("Hakone", Cancel).DoneAsync();

        Assert.Equal(account, _directory.Current.FindAccount(account.Id));
        Assert.Equal(account, _directory.Current.FindAccount("hAKONE"));
        Assert.Null(_directory.Current.FindAccount("hakon"));
    }

    [Fact]
    public async Task A_name_belongs_to_one_account_whatever_its_case()
    {
        await _directory.AddAccountAsync("Hakone", Cancel).DoneAsync();

        var second = await _directory.AddAccountAsync("hakone", Cancel);

        Assert.Equal(new DirectoryResult<Account>.Taken("account", "hakone"), second);
    }

    [Theory]
    [InlineData("a")]
    [InlineData("株式会社 駅伝")]
    [InlineData("Acme & Sons, Ltd.")]
    public async Task A_name_is_any_printable_text(string name) =>
        Assert.Equal(name, (await _directory.AddAccountAsync(name, Cancel).DoneAsync()).Name);

    [Theory]
    [InlineData("")]
    [InlineData(" a")]
    [InlineData("a ")]
    [InlineData("a\r\nb")]
    [InlineData("a\u0000b")]
    [InlineData("a\u2028b")]
    [InlineData("a\u202Eb")]
    [InlineData("acc_01")]
    [InlineData("ACC_01")]
    public async Task A_name_that_could_deceive_is_refused(string name)
    {
        var result = Assert.IsType<DirectoryResult<Account>.Invalid>(await _directory.AddAccountAsync(name, Cancel));
        Assert.Equal("name", result.Field);
    }

    [Fact]
    public async Task A_name_has_at_most_64_characters()
    {
        await _directory.AddAccountAsync(new string('a', 64), Cancel).DoneAsync();
        Assert.IsType<DirectoryResult<Account>.Invalid>(await _directory.AddAccountAsync(new string('b', 65), Cancel));
    }

    [Fact]
    public async Task Quotas_are_kept_over_a_restart()
    {
        await _directory.AddAccountAsync("a", Cancel).DoneAsync();
        var quota = new SendingQuota(100_000, null, 0.5);
        await _directory.SetQuotaAsync("a", quota, Cancel).DoneAsync();

        Assert.Equal(quota, (await _file.OpenAsync()).Current.FindAccount("a")!.Quota);
    }

    [Theory]
    [InlineData(0L, null, null)]
    [InlineData(null, -1L, null)]
    [InlineData(null, null, 0.0)]
    [InlineData(null, null, double.NaN)]
    [InlineData(null, null, double.PositiveInfinity)]
    public async Task A_quota_that_is_not_positive_is_refused(long? daily, long? hourly, double? perSecond)
    {
        await _directory.AddAccountAsync("a", Cancel).DoneAsync();
        var result = await _directory.SetQuotaAsync("a", new SendingQuota(daily, hourly, perSecond), Cancel);
        Assert.IsType<DirectoryResult<Account>.Invalid>(result);
    }

    [Fact]
    public async Task Changing_an_account_that_does_not_exist_says_so()
    {
        var expected = new DirectoryResult<Account>.NotFound("account", "nobody");
        Assert.Equal(expected, await _directory.SetStatusAsync("nobody", AccountStatus.Suspended, Cancel));
        Assert.Equal(expected, await _directory.SetQuotaAsync("nobody", SendingQuota.None, Cancel));
    }

    [Fact]
    public async Task A_snapshot_never_changes()
    {
        var before = _directory.Current;
        await _directory.AddAccountAsync("a", Cancel).DoneAsync();

        Assert.Null(before.FindAccount("a"));
        Assert.NotNull(_directory.Current.FindAccount("a"));
    }

    [Fact]
    public async Task Many_changes_at_once_are_all_kept()
    {
        var names = Enumerable.Range(0, 40).Select(number => $"account {number}").ToArray();
        await Task.WhenAll(names.Select(name => _directory.AddAccountAsync(name, Cancel)));

        var kept = (await _file.OpenAsync()).Current.Accounts.Select(account => account.Name);
        Assert.Equal(names.Order(StringComparer.Ordinal), kept.Order(StringComparer.Ordinal));
    }
}
