using CsCheck;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission.Returns;
using static Ekiden.Submission.Tests.IntakeWorld;

namespace Ekiden.Submission.Tests;

/// <summary>Signed return addresses (DESIGN §11, reliability F-R6), and which mail gets one.</summary>
public sealed class ReturnAddressTests
{
    private const string Letter = "From: s@a.test\r\n\r\nhello\r\n";

    private static readonly DateTimeOffset Ends = new(2026, 4, 2, 9, 30, 0, TimeSpan.Zero);
    private static readonly ReturnAddresses Returns = new("bounce.test", new byte[32]);

    private static readonly Gen<(MessageId Id, int? Place)> Marks =
        Gen.Select(Gen.ULong, Gen.ULong, Gen.Int[-1, (1 << 24) - 2]).Select((high, low, place) =>
            (new MessageId(new UInt128(high, low)), place < 0 ? (int?)null : place));

    [Fact]
    public void What_is_made_is_read_again() => Marks.Sample(mark =>
        Returns.Read(Returns.Make(mark.Id, mark.Place, Ends), Ends)
            == new ReturnAddressResult.Valid(mark.Id, mark.Place));

    // RFC 5321 §4.5.3.1.1: 64 octets; §4.1.2: a dot-string, so that nobody needs quotes.
    [Fact]
    public void It_is_a_plain_local_part_of_50_octets()
    {
        var latest = DateTimeOffset.MaxValue.AddDays(-30);
        var address = Returns.Make(new MessageId(UInt128.MaxValue), (1 << 24) - 2, latest);
        Assert.Equal(50, address.LocalPart.Length);
        Assert.All(address.LocalPart, letter => Assert.True(char.IsAsciiLetterLower(letter)
            || char.IsAsciiDigit(letter) || letter == '-'));
        Assert.Equal("bounce.test", address.Domain);
    }

    [Fact]
    public void A_server_may_change_the_case() => Marks.Sample(mark =>
    {
        var loud = Address(Returns.Make(mark.Id, mark.Place, Ends).LocalPart.ToUpperInvariant() + "@bounce.test");
        return Returns.Read(loud, Ends) == new ReturnAddressResult.Valid(mark.Id, mark.Place);
    });

    [Fact]
    public void Every_changed_character_is_noticed()
    {
        var good = Returns.Make(new MessageId(12345), 7, Ends).LocalPart;
        for (var place = 2; place < good.Length; place++)
        {
            var other = good[place] == '0' ? '1' : '0';
            var forged = Address($"{good[..place]}{other}{good[(place + 1)..]}@bounce.test");
            Assert.Equal(ReturnAddressResult.Bad, Returns.Read(forged, Ends));
        }
    }

    [Theory]
    [InlineData("b-@bounce.test")]
    [InlineData("b-0123@bounce.test")]
    [InlineData("b-uuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuuu@bounce.test")]
    public void What_looks_like_one_and_is_none_is_forged(string address) =>
        Assert.Equal(ReturnAddressResult.Bad, Returns.Read(Address(address), Ends));

    [Theory]
    [InlineData("postmaster@bounce.test")]
    [InlineData("b@bounce.test")]
    [InlineData("b-0123@elsewhere.test")]
    public void Other_addresses_are_none(string address) =>
        Assert.Equal(ReturnAddressResult.NoReturnAddress, Returns.Read(Address(address), Ends));

    [Fact]
    public void Another_domain_and_another_key_are_forged()
    {
        var id = new MessageId(12345);
        var other = new ReturnAddresses("other.test", new byte[32]).Make(id, 0, Ends);
        var moved = Address(other.LocalPart + "@bounce.test");
        Assert.Equal(ReturnAddressResult.Bad, Returns.Read(moved, Ends));
        var key = new byte[32];
        key[31] = 1;
        Assert.Equal(
            ReturnAddressResult.Bad, Returns.Read(new ReturnAddresses("bounce.test", key).Make(id, 0, Ends), Ends));
    }

    [Fact]
    public void It_is_valid_for_ten_days_after_the_message()
    {
        var id = new MessageId(12345);
        var address = Returns.Make(id, null, Ends);
        Assert.Equal(new ReturnAddressResult.Valid(id, null), Returns.Read(address, Ends.AddDays(10)));
        Assert.Equal(new ReturnAddressResult.TooOld(id, null), Returns.Read(address, Ends.AddDays(11)));
    }

    [Theory]
    [InlineData(MessageOrigin.Api, false, true)]
    [InlineData(MessageOrigin.Submission, false, false)]
    [InlineData(MessageOrigin.Submission, true, true)]
    [InlineData(MessageOrigin.Relay, true, true)]
    [InlineData(MessageOrigin.Inbound, true, false)]
    public async Task Mail_of_the_api_gets_one_and_of_smtp_when_the_operator_wants(
        MessageOrigin origin, bool rewritesSmtp, bool isRewritten)
    {
        await using var world = await StartAsync();
        world.Intake.Reconfigure(Options with { Returns = Returns, RewritesSmtp = rewritesSmtp });
        var to = origin == MessageOrigin.Inbound ? "info@in.test" : "v@sink.test";
        var (message, _) = await world.ReadAsync(await world.AcceptAsync(Letter, origin, to: to));
        Assert.Equal("s@a.test", message.Envelope.Sender?.ToString());
        if (!isRewritten)
        {
            Assert.Null(message.ReturnPath);
            return;
        }
        Assert.NotNull(message.ReturnPath);
        Assert.Equal(
            new ReturnAddressResult.Valid(message.Id, 0), Returns.Read(message.ReturnPath, world.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task Several_recipients_share_one_so_that_they_share_a_transaction()
    {
        await using var world = await StartAsync();
        world.Intake.Reconfigure(Options with { Returns = Returns });
        var result = await world.AcceptAsync(Letter, MessageOrigin.Api, to: "v@sink.test w@sink.test");
        var (message, _) = await world.ReadAsync(result);
        Assert.NotNull(message.ReturnPath);
        Assert.Equal(
            new ReturnAddressResult.Valid(message.Id, null), Returns.Read(message.ReturnPath, world.Clock.GetUtcNow()));
    }

    [Fact]
    public async Task The_null_sender_stays_null()
    {
        await using var world = await StartAsync();
        world.Intake.Reconfigure(Options with { Returns = Returns, RewritesSmtp = true });
        var result = await world.AcceptAsync(Letter, MessageOrigin.Relay, from: null);
        Assert.Null((await world.ReadAsync(result)).Message.ReturnPath);
    }
}
