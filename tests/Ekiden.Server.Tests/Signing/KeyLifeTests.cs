using System.Collections.Immutable;
using Ekiden.Directory;
using Ekiden.MailAuth.Dkim;
using Ekiden.Server.Signing;

namespace Ekiden.Server.Tests.Signing;

/// <summary>Made, published, waited for, signing, retired: J-R3, J-R4.</summary>
public sealed class KeyLifeTests
{
    private static readonly DateTimeOffset Now = new(2026, 4, 1, 9, 0, 0, TimeSpan.Zero);

    [Fact]
    public void The_first_key_signs_as_soon_as_it_is_seen()
    {
        var key = Key("r1", DomainKeyStatus.Pending);
        var after = Assert.Single(Look([key], DkimPublication.Published, "r1"));
        Assert.Equal(DomainKeyStatus.Active, after.Status);
        Assert.Equal(Now, after.PublishedAt);
    }

    [Theory]
    [InlineData(DkimPublication.Missing)]
    [InlineData(DkimPublication.Different)]
    [InlineData(DkimPublication.Unknown)]
    public void A_key_that_is_not_seen_waits(DkimPublication found) =>
        Assert.Empty(Look([Key("r1", DomainKeyStatus.Pending)], found, "r1"));

    [Fact]
    public void A_new_key_signs_an_hour_after_it_was_seen_and_the_old_one_is_retired_then()
    {
        ImmutableArray<DomainKey> keys =
            [Key("r1", DomainKeyStatus.Active), Key("e1", DomainKeyStatus.Active, "ed25519"),
             Key("r2", DomainKeyStatus.Pending)];
        var seen = Assert.Single(Look(keys, DkimPublication.Published, "r2"));
        Assert.Equal((DomainKeyStatus.Pending, Now), (seen.Status, seen.PublishedAt));

        keys = keys.SetItem(2, seen);
        Assert.Empty(Look(keys, DkimPublication.Published, "r2", KeyLife.Settling - TimeSpan.FromTicks(1)));
        var changed = Look(keys, DkimPublication.Published, "r2", KeyLife.Settling);
        Assert.Equal(["r1", "r2"], changed.Select(key => key.Selector));
        Assert.Equal((DomainKeyStatus.Retired, Now + KeyLife.Settling), (changed[0].Status, changed[0].RetiredAt));
        Assert.Equal(DomainKeyStatus.Active, changed[1].Status);
    }

    [Fact]
    public void A_new_key_whose_record_goes_again_waits_from_the_start()
    {
        ImmutableArray<DomainKey> keys = [Key("r1", DomainKeyStatus.Active),
            Key("r2", DomainKeyStatus.Pending) with { PublishedAt = Now - TimeSpan.FromMinutes(30) }];
        Assert.Null(Assert.Single(Look(keys, DkimPublication.Missing, "r2")).PublishedAt);
    }

    [Fact]
    public void A_name_server_that_does_not_answer_changes_nothing() =>
        Assert.Empty(Look([Key("r1", DomainKeyStatus.Active)], DkimPublication.Unknown, "r1"));

    // J-R4: ownership is lost, so signing stops; where the operator vouched for the domain, it goes on.
    [Theory]
    [InlineData(false, DomainKeyStatus.Pending)]
    [InlineData(true, DomainKeyStatus.Active)]
    public void A_signing_key_whose_record_is_gone(bool isTrusted, DomainKeyStatus status)
    {
        var key = Key("r1", DomainKeyStatus.Active) with { PublishedAt = Now };
        var seen = new Dictionary<string, DkimPublication> { ["r1"] = DkimPublication.Missing };
        var after = Assert.Single(KeyLife.Apply([key], seen, isTrusted, Now));
        Assert.Equal((status, (DateTimeOffset?)null), (after.Status, after.PublishedAt));
    }

    [Fact]
    public void Trust_needs_no_look_at_dns()
    {
        ImmutableArray<DomainKey> keys = [Key("r1", DomainKeyStatus.Active), Key("r2", DomainKeyStatus.Pending)];
        Assert.Equal(
            [("r2", DomainKeyStatus.Active), ("r1", DomainKeyStatus.Retired)],
            KeyLife.Activate(keys, Now).Select(key => (key.Selector, key.Status)));
    }

    [Theory]
    [InlineData("r1", true)]
    [InlineData("mail.2026-a", true)]
    [InlineData("", false)]
    [InlineData("A", false)]
    [InlineData("a_b", false)]
    [InlineData("a..b", false)]
    [InlineData("-a", false)]
    [InlineData("a b", false)]
    public void A_selector_is_made_of_labels(string text, bool isOne) =>
        Assert.Equal(isOne, DomainKeyNames.IsSelector(text));

    private static DomainKey[] Look(
        ImmutableArray<DomainKey> keys, DkimPublication found, string selector, TimeSpan later = default) =>
        [.. KeyLife.Apply(
            keys, new Dictionary<string, DkimPublication> { [selector] = found }, isTrusted: false, Now + later)];

    private static DomainKey Key(string selector, DomainKeyStatus status, string algorithm = "rsa") => new()
    {
        Id = selector,
        DomainId = "dom",
        Selector = selector,
        PublicRecord = $"v=DKIM1; k={algorithm}; p={selector}",
        SealedKey = default,
        Status = status,
        CreatedAt = Now,
    };
}
