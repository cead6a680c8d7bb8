using Ekiden.MailAuth.Spf;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Spf;

public sealed class SpfInspectorTests
{
    [Fact]
    public async Task Lookups_are_counted_through_all_includes()
    {
        var found = await InspectAsync(
            "d.test TXT v=spf1 a mx include:one.test include:%{i}.test -all",
            "one.test TXT v=spf1 ip4:192.0.2.1 include:two.test ~all", "two.test TXT v=spf1 exists:x.test ptr ?all");
        Assert.Equal(7, found.Lookups);
        Assert.Equal(["one.test", "two.test"], found.Includes);
        Assert.Equal((SpfResult.Fail, null), (found.All, found.Problem));
    }

    [Theory]
    [InlineData(10, false)]
    [InlineData(11, true)]
    public async Task More_than_ten_lookups_are_a_problem(int terms, bool isProblem)
    {
        var found = await InspectAsync($"d.test TXT v=spf1 {string.Join(' ', Enumerable.Repeat("mx", terms))} -all");
        Assert.Equal(isProblem, found.Problem is not null);
    }

    [Fact]
    public async Task A_redirect_says_how_it_ends()
    {
        var found = await InspectAsync("d.test TXT v=spf1 redirect=one.test", "one.test TXT v=spf1 ~all");
        Assert.Equal((1, SpfResult.SoftFail, "v=spf1 redirect=one.test"), (found.Lookups, found.All, found.Record));
    }

    [Theory]
    [InlineData("d.test has more than one SPF record", "d.test TXT v=spf1 -all", "d.test TXT v=spf1 ~all")]
    [InlineData("d.test: \"ip4:x\" is wrong", "d.test TXT v=spf1 ip4:x -all")]
    [InlineData("one.test has no SPF record", "d.test TXT v=spf1 include:one.test -all")]
    [InlineData("d.test: SERVFAIL", "d.test TXT !SERVFAIL")]
    public async Task What_receivers_stumble_over_is_said(string problem, params string[] zone) =>
        Assert.Equal(problem, (await InspectAsync(zone)).Problem);

    [Fact]
    public async Task A_loop_ends()
    {
        var found = await InspectAsync("d.test TXT v=spf1 include:d.test -all");
        Assert.NotNull(found.Problem);
    }

    [Fact]
    public async Task No_record_is_no_problem_of_receivers()
    {
        var found = await InspectAsync("d.test TXT something else");
        Assert.Equal((null, null, 0, null), (found.Record, found.Problem, found.Lookups, found.All));
    }

    private static Task<SpfInspection> InspectAsync(params string[] zone) =>
        new SpfInspector(new FakeResolver(zone)).InspectAsync("d.test", TestContext.Current.CancellationToken);
}
