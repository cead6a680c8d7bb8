namespace Ekiden.EndToEnd.Tests.Vectors;

public sealed class ClaimTests
{
    [Fact]
    public void Every_vector_is_claimed()
    {
        var unclaimed = Vector.All.Where(vector => Claims.Of(vector.Id) is null).Select(vector => vector.Id);
        Assert.Empty(unclaimed);
        foreach (var group in Vector.All.GroupBy(vector => Claims.Of(vector.Id)))
        {
            TestContext.Current.TestOutputHelper?.WriteLine(
                $"{group.Key}: {string.Join(' ', group.Select(vector => vector.Id))}");
        }
    }

    [Fact]
    public void Every_vector_claimed_here_is_run_by_one_class()
    {
        string[] run =
        [
            .. Ids(ConversationVectorTests.Ids()), .. Ids(DnsVectorTests.Ids()), .. LogVectorTests.Ids,
                .. FaultVectorTests.Ids, .. Ids(ApiVectorTests.Ids()),
        ];
        var claimed = Vector.All.Where(vector => Claims.Of(vector.Id) == Claims.Here).Select(vector => vector.Id);
        Assert.Equal(claimed.Order(StringComparer.Ordinal), run.Order(StringComparer.Ordinal));
    }

    private static IEnumerable<string> Ids(TheoryData<string> data) => data.Select(row => row.Data);
}
