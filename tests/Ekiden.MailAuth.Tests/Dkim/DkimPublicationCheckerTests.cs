using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Dkim;

public sealed class DkimPublicationCheckerTests
{
    private const string Ours = "v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=";

    [Theory]
    [InlineData("v=DKIM1; k=ed25519; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", DkimPublication.Published)]
    [InlineData("p=11qYAYKxCrfVS/ 7TyWQHOg7hcvPapiMlrwIaaPcHURo=;k=ed25519; t=y", DkimPublication.Published)]
    [InlineData("v=DKIM1; k=ed25519; p=yi50DjK5O9pqbFpNHklsv9lqaS0ArSYu02qp1S0DW1Y=", DkimPublication.Different)]
    [InlineData("v=DKIM1; k=rsa; p=11qYAYKxCrfVS/7TyWQHOg7hcvPapiMlrwIaaPcHURo=", DkimPublication.Different)]
    [InlineData("v=DKIM1; p=", DkimPublication.Different)]
    [InlineData("!NXDOMAIN", DkimPublication.Missing)]
    [InlineData("!SERVFAIL", DkimPublication.Unknown)]
    public async Task A_key_is_used_only_when_it_is_published(string record, DkimPublication expected)
    {
        var resolver = new FakeResolver($"s._domainkey.d.test TXT {record}");
        var found = await new DkimPublicationChecker(resolver).CheckAsync(
            "d.test", "s", Ours, TestContext.Current.CancellationToken);
        Assert.Equal(expected, found);
    }
}
