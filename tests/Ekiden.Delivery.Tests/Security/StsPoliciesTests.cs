using System.Net;
using Ekiden.Delivery.Security.MtaSts;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>RFC 8461, reliability.md I-R7.</summary>
public sealed class StsPoliciesTests
{
    [Fact]
    public async Task A_policy_is_fetched_from_its_well_known_place_once()
    {
        using var world = new StsWorld();
        var found = await world.FindAsync();
        await world.FindAsync();
        Assert.Equal(StsMode.Enforce, found.Policy?.Mode);
        Assert.Null(found.Failed);
        Assert.Equal("https://mta-sts.d.test/.well-known/mta-sts.txt", Assert.Single(world.Requests).ToString());
    }

    [Fact]
    public async Task Without_a_record_nothing_is_fetched()
    {
        using var world = new StsWorld();
        world.SetRecord("something else");
        Assert.Null((await world.FindAsync()).Policy);
        Assert.Empty(world.Requests);
    }

    [Fact]
    public async Task Without_an_answer_of_the_name_service_nothing_is_fetched_and_it_is_asked_again_soon()
    {
        using var world = new StsWorld();
        world.SetRecord("!SERVFAIL");
        var found = await world.FindAsync();
        Assert.Null(found.Policy);
        Assert.Equal(world.Clock.GetUtcNow() + TimeSpan.FromMinutes(5), found.ValidUntil);
        Assert.Empty(world.Requests);
    }

    [Fact]
    public async Task A_policy_of_mode_none_is_none()
    {
        using var world = new StsWorld { OnRequest = () => StsWorld.Policy("none", "mx.d.test") };
        Assert.Null((await world.FindAsync()).Policy);
        await world.FindAsync();
        Assert.Single(world.Requests);
    }

    [Theory]
    [InlineData(HttpStatusCode.MovedPermanently)]
    [InlineData(HttpStatusCode.NoContent)]
    [InlineData(HttpStatusCode.PartialContent)]
    [InlineData(HttpStatusCode.NotFound)]
    [InlineData(HttpStatusCode.InternalServerError)]
    public async Task Only_status_200_serves_a_policy(HttpStatusCode status)
    {
        using var world = new StsWorld();
        world.OnRequest = () =>
        {
            var answer = StsWorld.Policy("enforce", "mx.d.test");
            answer.StatusCode = status;
            return answer;
        };
        var found = await world.FindAsync();
        Assert.Null(found.Policy);
        Assert.Equal(StsTrouble.NotFetched, found.Failed?.Trouble);
    }

    [Theory]
    [InlineData("text/html", 0, false)]
    [InlineData("application/octet-stream", 0, false)]
    [InlineData("text/plain", 0, true)]
    [InlineData("Text/Plain", 0, true)]
    [InlineData("text/plain", StsFetcher.MaxBody, true)]
    [InlineData("text/plain", StsFetcher.MaxBody + 1, false)]
    public async Task Only_plain_text_of_64_KiB_is_a_policy(string type, int length, bool valid)
    {
        using var world = new StsWorld();
        var body = "version: STSv1\nmode: enforce\nmx: mx.d.test\nmax_age: 86400\n";
        if (length > 0) body += "note: " + new string('x', length - body.Length - 6);
        world.OnRequest = () => StsWorld.Text(body, type);
        var found = await world.FindAsync();
        Assert.Equal(valid, found.Policy is not null);
        if (!valid) Assert.Equal(StsTrouble.Invalid, found.Failed?.Trouble);
    }

    // RFC 8461 §3.3: not more often than every 5 minutes.
    [Fact]
    public async Task A_policy_that_could_not_be_had_is_asked_for_again_after_5_minutes()
    {
        using var world = new StsWorld
        {
            OnRequest = () => throw new HttpRequestException(HttpRequestError.SecureConnectionError, "not valid"),
        };
        Assert.Equal(StsTrouble.Certificate, (await world.FindAsync()).Failed?.Trouble);
        world.OnRequest = () => StsWorld.Policy("enforce", "mx.d.test");
        world.Clock.Advance(TimeSpan.FromMinutes(5) - TimeSpan.FromSeconds(1));
        Assert.Null((await world.FindAsync()).Policy);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.NotNull((await world.FindAsync()).Policy);
        Assert.Equal(2, world.Requests.Count);
    }

    [Theory]
    [InlineData("!SERVFAIL")]
    [InlineData("!NXDOMAIN")]
    [InlineData("something else")]
    public async Task No_trouble_of_the_name_service_takes_a_policy_away(string record)
    {
        using var world = new StsWorld();
        await world.FindAsync();
        world.SetRecord(record);
        world.OnRequest = () => throw new HttpRequestException("no connection");
        world.Clock.Advance(TimeSpan.FromDays(7) - TimeSpan.FromSeconds(1));
        Assert.NotNull((await world.FindAsync()).Policy);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Null((await world.FindAsync()).Policy);
    }

    [Fact]
    public async Task Another_id_brings_another_policy()
    {
        using var world = new StsWorld();
        await world.FindAsync();
        world.SetRecord("v=STSv1; id=2;");
        world.OnRequest = () => StsWorld.Policy("testing", "mx.d.test");
        Assert.Equal(StsMode.Testing, (await world.FindAsync()).Policy?.Mode);
        Assert.Equal(2, world.Requests.Count);
    }

    [Fact]
    public async Task A_newer_policy_that_cannot_be_had_leaves_the_old_one_in_force()
    {
        using var world = new StsWorld();
        await world.FindAsync();
        world.SetRecord("v=STSv1; id=2;");
        world.OnRequest = () => StsWorld.Text("<html></html>", "text/html");
        var found = await world.FindAsync();
        Assert.Equal(StsMode.Enforce, found.Policy?.Mode);
        Assert.Equal(StsTrouble.Invalid, found.Failed?.Trouble);
    }

    [Fact]
    public async Task A_restart_keeps_policies_that_are_in_force()
    {
        using var world = new StsWorld();
        await world.FindAsync();
        world.SetRecord("!SERVFAIL");
        world.Restart();
        Assert.Equal(["mx.d.test"], (await world.FindAsync()).Policy?.Hosts);
        world.Clock.Advance(TimeSpan.FromDays(7));
        world.Restart();
        Assert.Null((await world.FindAsync()).Policy);
        Assert.Single(world.Requests);
    }

    [Fact]
    public async Task A_policy_is_refreshed_every_day_and_lives_on()
    {
        using var world = new StsWorld();
        await world.FindAsync();
        for (var day = 1; day <= 10; day++)
        {
            world.Clock.Advance(TimeSpan.FromDays(1));
            await world.Policies.RefreshAsync(TestContext.Current.CancellationToken);
        }
        Assert.Equal(11, world.Requests.Count);
        Assert.NotNull((await world.FindAsync()).Policy);
    }

    [Fact]
    public async Task A_refresh_that_fails_weakens_nothing_until_the_policy_is_over()
    {
        using var world = new StsWorld();
        await world.FindAsync();
        world.OnRequest = () => throw new HttpRequestException("no connection");
        world.Clock.Advance(TimeSpan.FromDays(6));
        await world.Policies.RefreshAsync(TestContext.Current.CancellationToken);
        Assert.Equal(StsMode.Enforce, (await world.FindAsync()).Policy?.Mode);
        world.Clock.Advance(TimeSpan.FromDays(1));
        await world.Policies.RefreshAsync(TestContext.Current.CancellationToken);
        world.OnRequest = () => StsWorld.Policy("testing", "mx.d.test");
        Assert.Equal(StsMode.Testing, (await world.FindAsync()).Policy?.Mode);
    }

    [Fact]
    public async Task A_server_that_does_not_answer_is_left_after_60_seconds()
    {
        using var world = new StsWorld();
        var silent = new StsFetcher(new HttpClient(new Silent()), world.Clock);
        var fetch = silent.FetchAsync("d.test", TestContext.Current.CancellationToken).AsTask();
        world.Clock.Advance(TimeSpan.FromSeconds(59));
        Assert.False(fetch.IsCompleted);
        world.Clock.Advance(TimeSpan.FromSeconds(1));
        Assert.Equal(StsTrouble.NotFetched, Assert.IsType<StsFetch.Failed>(await fetch).Trouble);
    }

    private sealed class Silent : HttpMessageHandler
    {
        protected override async Task<HttpResponseMessage> SendAsync(
            HttpRequestMessage request, CancellationToken cancel)
        {
            await Task.Delay(Timeout.InfiniteTimeSpan, TimeProvider.System, cancel);
            return new HttpResponseMessage();
        }
    }
}
