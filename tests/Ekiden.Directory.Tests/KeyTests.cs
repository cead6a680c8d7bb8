using System.Security.Cryptography;
using System.Text;

namespace Ekiden.Directory.Tests;

public sealed class KeyTests : IAsyncLifetime
{
    private readonly DirectoryFile _file = new();
    private AccountDirectory _directory = null!; // opened before every test
    private Account _account = null!;

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public async ValueTask InitializeAsync()
    {
        _directory = await _file.OpenAsync();
        _account = await _directory.AddAccountAsync("Acme & Sons", Cancel).DoneAsync();
    }

    public ValueTask DisposeAsync() => _file.DisposeAsync();

    [Fact]
    public async Task A_key_signs_in_by_password_and_by_bearer_token_also_after_a_restart()
    {
        var issued = await AddKeyAsync();
        foreach (var directory in new[] { _directory.Current, (await _file.OpenAsync()).Current })
        {
            Assert.Equal(issued.Key.Id, directory.FindKeyByPassword(issued.Key.Username, issued.Secret)?.Id);
            Assert.Equal(issued.Key.Id, directory.FindKeyBySecret(issued.Secret)?.Id);
            Assert.Equal(issued.Key.Id, directory.FindScram(issued.Key.Username).Key?.Id);
            Assert.True(directory.IsUsable(issued.Key.Id));
        }
    }

    [Fact]
    public async Task The_secret_of_one_key_is_not_the_password_of_another()
    {
        var first = await AddKeyAsync();
        var second = await AddKeyAsync();
        Assert.Null(_directory.Current.FindKeyByPassword(first.Key.Username, second.Secret));
    }

    [Theory]
    [InlineData("")]
    [InlineData("ekiden_live_")]
    [InlineData("\u0000")]
    public async Task A_wrong_password_proves_nothing(string secret)
    {
        var issued = await AddKeyAsync();
        Assert.Null(_directory.Current.FindKeyByPassword(issued.Key.Username, secret));
        Assert.Null(_directory.Current.FindKeyByPassword("nobody", secret));
        Assert.Null(_directory.Current.FindKeyBySecret(secret));
    }

    [Fact]
    public async Task A_user_name_is_lower_case_ascii_of_the_accounts_name_and_fits_in_any_case()
    {
        var issued = await AddKeyAsync();
        Assert.Matches("^acme-sons-[0-9a-z]{4}$", issued.Key.Username);
        Assert.NotNull(_directory.Current.FindKeyByPassword(issued.Key.Username.ToUpperInvariant(), issued.Secret));
    }

    [Fact]
    public async Task An_account_whose_name_has_no_ascii_letter_gets_a_user_name_too()
    {
        var account = await _directory.AddAccountAsync("駅伝", Cancel).DoneAsync();
        var issued = await _directory.AddKeyAsync(account.Id, KeyScopes.Send, null, Cancel).DoneAsync();
        Assert.Matches("^account-[0-9a-z]{4}$", issued.Key.Username);
    }

    [Fact]
    public async Task A_revoked_key_signs_in_no_more_by_any_way()
    {
        var issued = await AddKeyAsync();
        var revoked = await _directory.RevokeKeyAsync(issued.Key.Username, Cancel).DoneAsync();
        Assert.Equal(_file.Clock.GetUtcNow(), revoked.RevokedAt);
        AssertUnusable(issued, _directory.Current);
        AssertUnusable(issued, (await _file.OpenAsync()).Current);
    }

    [Fact]
    public async Task Revoking_twice_keeps_the_first_time()
    {
        var issued = await AddKeyAsync();
        var first = await _directory.RevokeKeyAsync(issued.Key.Id, Cancel).DoneAsync();
        _file.Clock.Advance(TimeSpan.FromHours(1));
        Assert.Equal(first, await _directory.RevokeKeyAsync(issued.Key.Id, Cancel).DoneAsync());
    }

    [Fact]
    public async Task Revoking_a_key_that_does_not_exist_says_so() => Assert.Equal(
        new DirectoryResult<AccessKey>.NotFound("key", "key_x"), await _directory.RevokeKeyAsync("key_x", Cancel));

    [Fact]
    public async Task A_key_signs_in_until_it_expires_and_not_at_that_moment()
    {
        var expiry = _file.Clock.GetUtcNow().AddDays(1);
        var issued = await _directory.AddKeyAsync(_account.Id, KeyScopes.Send, expiry, Cancel).DoneAsync();

        _file.Clock.SetUtcNow(expiry.AddTicks(-1));
        Assert.NotNull(_directory.Current.FindKeyBySecret(issued.Secret));
        _file.Clock.SetUtcNow(expiry);
        AssertUnusable(issued, _directory.Current);
    }

    [Fact]
    public async Task The_keys_of_a_suspended_account_sign_in_again_when_it_is_active_again()
    {
        var issued = await AddKeyAsync();
        await _directory.SetStatusAsync(_account.Id, AccountStatus.Suspended, Cancel).DoneAsync();
        AssertUnusable(issued, _directory.Current);
        await _directory.SetStatusAsync(_account.Id, AccountStatus.Active, Cancel).DoneAsync();
        Assert.NotNull(_directory.Current.FindKeyBySecret(issued.Secret));
    }

    [Fact]
    public async Task Scopes_are_kept_over_a_restart()
    {
        var scopes = KeyScopes.Send | KeyScopes.SendRaw | KeyScopes.Admin;
        var issued = await _directory.AddKeyAsync(_account.Id, scopes, null, Cancel).DoneAsync();
        Assert.Equal(scopes, (await _file.OpenAsync()).Current.FindKey(issued.Key.Id)!.Scopes);
        Assert.Equal(["send", "send:raw", "admin"], scopes.ToNames());
    }

    [Fact]
    public async Task A_key_needs_an_account_a_scope_and_a_future()
    {
        Assert.IsType<DirectoryResult<IssuedKey>.NotFound>(
            await _directory.AddKeyAsync("nobody", KeyScopes.Send, null, Cancel));
        Assert.IsType<DirectoryResult<IssuedKey>.Invalid>(
            await _directory.AddKeyAsync(_account.Id, KeyScopes.None, null, Cancel));
        Assert.IsType<DirectoryResult<IssuedKey>.Invalid>(
            await _directory.AddKeyAsync(_account.Id, KeyScopes.Send, _file.Clock.GetUtcNow(), Cancel));
    }

    // RFC 5802 §3: what the server keeps follows from the password, salt and iteration count that it sends.
    [Fact]
    public async Task The_scram_credential_is_the_one_a_client_computes_from_the_secret()
    {
        var issued = await AddKeyAsync();
        var (credential, _) = (await _file.OpenAsync()).Current.FindScram(issued.Key.Username);

        Assert.Equal(4096, credential.Iterations);
        Assert.Equal(16, credential.Salt.Length);
        var salted = Rfc2898DeriveBytes.Pbkdf2(
            issued.Secret, credential.Salt.Span, credential.Iterations, HashAlgorithmName.SHA256, 32);
        var clientKey = HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Client Key"));
        Assert.Equal(SHA256.HashData(clientKey), credential.StoredKey.ToArray());
        Assert.Equal(
            HMACSHA256.HashData(salted, Encoding.ASCII.GetBytes("Server Key")), credential.ServerKey.ToArray());
    }

    [Fact]
    public async Task An_unknown_user_has_a_made_up_credential_that_is_the_same_after_a_restart()
    {
        var (before, key) = _directory.Current.FindScram("nobody");
        var (other, _) = _directory.Current.FindScram("somebody");
        var (after, _) = (await _file.OpenAsync()).Current.FindScram("NOBODY");

        Assert.Null(key);
        Assert.Equal(4096, before.Iterations);
        Assert.Equal(before.Salt.ToArray(), after.Salt.ToArray());
        Assert.Equal(before.StoredKey.ToArray(), after.StoredKey.ToArray());
        Assert.Equal((16, 32, 32), (before.Salt.Length, before.StoredKey.Length, before.ServerKey.Length));
        Assert.NotEqual(before.Salt.ToArray(), other.Salt.ToArray());
    }

    [Fact]
    public async Task The_secret_is_nowhere_in_the_file_nor_in_what_a_log_would_print()
    {
        var issued = await AddKeyAsync();
        await _directory.DisposeAsync();

        var secret = Encoding.UTF8.GetBytes(issued.Secret);
        foreach (var file in new FileInfo(_file.Path).Directory!.GetFiles())
        {
            var content = await File.ReadAllBytesAsync(file.FullName, Cancel);
            Assert.Equal(-1, content.AsSpan().IndexOf(secret));
        }
        Assert.DoesNotContain(issued.Secret, issued.ToString(), StringComparison.Ordinal);
    }

    private Task<IssuedKey> AddKeyAsync() =>
        _directory.AddKeyAsync(_account.Id, KeyScopes.Send, null, Cancel).DoneAsync();

    private static void AssertUnusable(IssuedKey issued, DirectorySnapshot directory)
    {
        Assert.Null(directory.FindKeyByPassword(issued.Key.Username, issued.Secret));
        Assert.Null(directory.FindKeyBySecret(issued.Secret));
        Assert.Null(directory.FindScram(issued.Key.Username).Key);
        Assert.False(directory.IsUsable(issued.Key.Id));
        Assert.NotNull(directory.FindKey(issued.Key.Id));
    }
}
