namespace Ekiden.Directory.Tests;

public sealed class SenderDomainTests : IAsyncLifetime
{
    private readonly DirectoryFile _file = new();
    private AccountDirectory _directory = null!; // opened before every test
    private Account _alice = null!;
    private Account _bob = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _directory = await _file.OpenAsync();
        _alice = await _directory.AddAccountAsync("alice", Cancel).DoneAsync();
        _bob = await _directory.AddAccountAsync("bob", Cancel).DoneAsync();
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task An_account_sends_from_a_trusted_domain_and_from_no_other()
    {
        var domain = await TrustAsync(_alice, "a.test");

        Assert.Matches("^dom_[0-9A-HJKMNP-TV-Z]{26}$", domain.Id);
        Assert.True(MaySend(_alice, "a.test"));
        Assert.False(MaySend(_bob, "a.test"));
        Assert.False(MaySend(_alice, "nota.test"));
        Assert.False(MaySend(_alice, "a.test.evil.test"));
        Assert.False(MaySend(_alice, "test"));
        Assert.False(MaySend(_alice, ""));
    }

    [Fact]
    public async Task A_domain_that_is_not_verified_gives_nothing_and_takes_nothing()
    {
        await TrustAsync(_alice, "a.test");
        var added = await _directory.AddDomainAsync(_bob.Id, "sub.a.test", trust: false, Cancel).DoneAsync();

        Assert.Equal(DomainStatus.Unverified, added.Status);
        Assert.False(MaySend(_bob, "sub.a.test"));
        Assert.True(MaySend(_alice, "sub.a.test"));
    }

    [Fact]
    public async Task A_domain_covers_its_sub_domains_until_one_is_registered_by_itself()
    {
        await TrustAsync(_alice, "a.test");
        await TrustAsync(_bob, "sub.a.test");

        Assert.True(MaySend(_alice, "other.a.test"));
        Assert.True(MaySend(_alice, "x.y.other.a.test"));
        Assert.False(MaySend(_alice, "sub.a.test"));
        Assert.False(MaySend(_alice, "x.sub.a.test"));
        Assert.True(MaySend(_bob, "x.sub.a.test"));
    }

    [Fact]
    public async Task A_single_label_covers_itself_only()
    {
        await TrustAsync(_alice, "test");
        Assert.True(MaySend(_alice, "test"));
        Assert.False(MaySend(_alice, "a.test"));
    }

    [Fact]
    public async Task A_suspended_account_sends_from_nowhere()
    {
        await TrustAsync(_alice, "a.test");
        await _directory.SetStatusAsync(_alice.Id, AccountStatus.Suspended, Cancel).DoneAsync();
        Assert.False(MaySend(_alice, "a.test"));
    }

    [Fact]
    public async Task A_domain_belongs_to_one_account()
    {
        await TrustAsync(_alice, "a.test");
        Assert.Equal(
            new DirectoryResult<SenderDomain>.Taken("domain", "a.test"),
            await _directory.AddDomainAsync(_bob.Id, "A.Test", trust: true, Cancel));
    }

    [Fact]
    public async Task Adding_a_domain_again_keeps_it_and_trust_is_added_but_never_taken()
    {
        var first = await _directory.AddDomainAsync(_alice.Id, "a.test", trust: false, Cancel).DoneAsync();
        Assert.Equal(first, await _directory.AddDomainAsync(_alice.Id, "a.test", trust: false, Cancel).DoneAsync());

        var trusted = await TrustAsync(_alice, "a.test");
        Assert.Equal(first with { Status = DomainStatus.Trusted }, trusted);
        Assert.Equal(trusted, await _directory.AddDomainAsync(_alice.Id, "a.test", trust: false, Cancel).DoneAsync());
        Assert.Equal(trusted, (await _file.OpenAsync()).Current.FindDomain("a.test"));
    }

    [Fact]
    public async Task A_domain_is_kept_as_it_travels_in_mail()
    {
        Assert.Equal("xn--wgv71a119e.test", (await TrustAsync(_alice, "日本語.TEST")).Name);
        Assert.True(MaySend(_alice, "xn--wgv71a119e.test"));
    }

    [Theory]
    [InlineData("")]
    [InlineData("[192.0.2.1]")]
    [InlineData("user@a.test")]
    public async Task What_is_no_domain_is_refused(string domain) =>
        Assert.IsType<DirectoryResult<SenderDomain>.Invalid>(
            await _directory.AddDomainAsync(_alice.Id, domain, trust: true, Cancel));

    [Fact]
    public async Task A_domain_needs_an_account() =>
        Assert.IsType<DirectoryResult<SenderDomain>.NotFound>(
            await _directory.AddDomainAsync("nobody", "a.test", trust: true, Cancel));

    private Task<SenderDomain> TrustAsync(Account account, string domain) =>
        _directory.AddDomainAsync(account.Id, domain, trust: true, Cancel).DoneAsync();

    private bool MaySend(Account account, string domain) => _directory.Current.MaySend(account.Id, domain);
}
