using System.Net;
using Ekiden.Dns;
using Ekiden.MailAuth.Spf;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Spf;

public sealed class SpfSuiteTests
{
    public static TheoryData<string> Names => [.. SpfSuite.Cases.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_suite_is_answered_as_it_expects(string name)
    {
        var test = SpfSuite.Cases[name];
        await CheckAsync(test, new FakeResolver(SpfSuite.Zone(test.Zone, "!TIMEOUT")));
    }

    // The same with the real resolver: names made by macros must survive the wire.
    [Theory]
    [MemberData(nameof(Names))]
    public async Task The_suite_is_answered_as_it_expects_by_a_name_server(string name)
    {
        var test = SpfSuite.Cases[name];
        await using var server = FakeDnsServer.Start(SpfSuite.Zone(test.Zone, "!SERVFAIL"));
        var options = new ResolverOptions { Servers = [server.EndPoint] };
        using var resolver = new DnsResolver(options, TimeProvider.System);
        await CheckAsync(test, resolver);
    }

    private static async Task CheckAsync(SpfCase test, IResolver resolver)
    {
        var checker = new SpfChecker(resolver, TimeProvider.System, "receiver.example");
        var request = new SpfRequest(IPAddress.Parse(test.Client), test.Helo, test.Sender);
        var verdict = await checker.CheckAsync(request, TestContext.Current.CancellationToken);
        Assert.Contains(verdict.Result.ToString().ToLowerInvariant(), test.Results);
        if (test.Explanation is null) return;
        // DEFAULT is the checker's own text, which we leave to the caller
        var expected = test.Explanation == "DEFAULT" ? null : test.Explanation;
        Assert.Equal(expected, verdict.Explanation, ignoreCase: true);
    }
}
