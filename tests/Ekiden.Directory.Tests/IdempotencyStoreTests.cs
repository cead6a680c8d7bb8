using Ekiden.Directory.Idempotency;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Directory.Tests;

/// <summary>What is remembered of a request, for how long, and what a crash leaves of it.</summary>
public sealed class IdempotencyStoreTests : IDisposable
{
    private static readonly RepeatedRequest Request = new("acc_1", "/v1/messages", "k", [1]);

    private readonly DirectoryInfo _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-requests-");
    private readonly FakeTimeProvider _clock = new(new DateTimeOffset(2026, 4, 1, 9, 0, 0, TimeSpan.Zero));

    private static CancellationToken Cancel => TestContext.Current.CancellationToken;

    public void Dispose() => _folder.Delete(recursive: true);

    [Fact]
    public async Task What_was_completed_is_answered_for_a_day_and_over_a_restart()
    {
        await using (var store = await OpenAsync()) await DoAsync(store);
        await using var again = await OpenAsync();
        _clock.Advance(TimeSpan.FromHours(24) - TimeSpan.FromMilliseconds(1));
        var done = Assert.IsType<RepetitionResult.Done>(await again.BeginAsync(Request, Cancel));
        Assert.Equal(202, done.Status);
        Assert.Equal([7, 8], done.Answer);
        _clock.Advance(TimeSpan.FromMilliseconds(1));
        Assert.IsType<RepetitionResult.First>(await again.BeginAsync(Request, Cancel));
    }

    [Fact]
    public async Task Another_body_is_different_and_another_account_or_path_is_another_request()
    {
        await using var store = await OpenAsync();
        await DoAsync(store);
        Assert.IsType<RepetitionResult.Different>(await store.BeginAsync(Request with { Fingerprint = [2] }, Cancel));
        Assert.IsType<RepetitionResult.Done>(await store.BeginAsync(Request with { Fingerprint = [] }, Cancel));
        foreach (var other in new[] { Request with { Account = "acc_2" }, Request with { Path = "/v1/batches" } })
            Assert.IsType<RepetitionResult.First>(await store.BeginAsync(other, Cancel));
    }

    [Fact]
    public async Task What_is_being_done_is_running_until_it_is_given_up()
    {
        await using var store = await OpenAsync();
        var first = Assert.IsType<RepetitionResult.First>(await store.BeginAsync(Request, Cancel));
        Assert.IsType<RepetitionResult.Running>(await store.BeginAsync(Request, Cancel));
        await first.Claim.PromiseAsync(5, 202, [7], Cancel);
        await first.Claim.DisposeAsync(); // promised, and then refused
        Assert.IsType<RepetitionResult.First>(await store.BeginAsync(Request, Cancel));
    }

    // The process ended between the promise and its settlement: whether the message is there decides.
    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_crash_leaves_a_promise_that_counts_when_the_message_is_there(bool isThere)
    {
        await using (var store = await OpenAsync())
        {
            var first = Assert.IsType<RepetitionResult.First>(await store.BeginAsync(Request, Cancel));
            await first.Claim.PromiseAsync(5, 202, [7, 8], Cancel);
        }
        await using var again = await OpenAsync(subject => isThere && subject == 5);
        var result = await again.BeginAsync(Request, Cancel);
        if (isThere) Assert.IsType<RepetitionResult.Done>(result);
        else Assert.IsType<RepetitionResult.First>(result);
    }

    private Task<IdempotencyStore> OpenAsync(Func<UInt128, bool>? isThere = null) => IdempotencyStore.OpenAsync(
        Path.Combine(_folder.FullName, IdempotencyStore.FileName), _clock, TimeSpan.FromHours(24),
        isThere ?? (_ => false), Cancel);

    private static async Task DoAsync(IdempotencyStore store)
    {
        var first = Assert.IsType<RepetitionResult.First>(await store.BeginAsync(Request, Cancel));
        await using var claim = first.Claim;
        await claim.PromiseAsync(5, 202, [7, 8], Cancel);
        claim.Complete();
    }
}
