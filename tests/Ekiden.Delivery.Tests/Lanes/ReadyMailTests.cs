using CsCheck;
using Ekiden.Delivery.Lanes.Learning;
using Ekiden.Delivery.Lanes.Ready;
using Ekiden.Delivery.Queue;
using Ekiden.Mail;
using Microsoft.Extensions.Time.Testing;

namespace Ekiden.Delivery.Tests.Lanes;

/// <summary>Who goes next: properties over any mix of accounts, domains and streams.</summary>
public sealed class ReadyMailTests
{
    private static readonly FakeTimeProvider Clock = new();

    private static readonly Gen<(int Account, int Domain, bool IsBulk, int Recipients)[]> Mail = Gen.Select(
        Gen.Int[0, 5], Gen.Int[0, 3], Gen.Bool, Gen.Int[1, 4]).Array[1, 200];

    [Fact]
    public void Everybody_who_was_added_is_taken_once_and_those_of_a_message_together() => Mail.Sample(mail =>
    {
        var ready = new ReadyMail(new ScopeLimits(Clock, static _ => 1));
        var added = Add(ready, mail);
        Assert.Equal(added, ready.Count);
        Assert.Equal(mail.Length, ready.Transactions);
        var taken = TakeAll(ready);
        Assert.Equal(Enumerable.Range(0, added), taken.Select(one => one.Slot).Order());
        Assert.Equal(0, ready.Count);
        Assert.Equal(0, ready.Transactions);
        foreach (var kind in taken.GroupBy(one => one.IsBulk))
        {
            foreach (var (before, next) in kind.Zip(kind.Skip(1)))
            {
                if (next.Follows) Assert.Equal(before.Slot + 1, next.Slot);
            }
        }
    });

    [Fact]
    public void Sifting_removes_exactly_what_is_not_wanted() => Mail.Sample(mail =>
    {
        var ready = new ReadyMail(new ScopeLimits(Clock, static _ => 1));
        var added = Add(ready, mail);
        var removed = ready.Sift(static slot => slot % 3 != 0);
        Assert.Equal(Enumerable.Range(0, added).Where(static slot => slot % 3 == 0), removed.Order());
        Assert.Equal(
            Enumerable.Range(0, added).Where(static slot => slot % 3 != 0),
            TakeAll(ready).Select(one => one.Slot).Order());
    });

    // Issue 3: fair share within 10 %, by weight, however much each account has waiting and from how many domains.
    [Fact]
    public void Accounts_that_wait_get_their_share() => Gen.Select(
        Gen.Int[1, 5].Array[2, 6], Gen.Int[1, 5]).Sample((weights, domains) =>
    {
        var ready = new ReadyMail(new ScopeLimits(
            Clock, account => weights[int.Parse(account, System.Globalization.CultureInfo.InvariantCulture)]));
        var slot = 0;
        var accountOf = new List<int>();
        for (var account = 0; account < weights.Length; account++)
        {
            for (var i = 0; i < 2000 + (account * 500); i++)
            {
                ready.Add(Recipient(slot++, account, account == 0 ? i % domains : 0, isBulk: false, NewId(slot)), 100);
                accountOf.Add(account);
            }
        }
        var taken = new int[weights.Length];
        var turns = weights.Sum() * 80;
        for (var i = 0; i < turns; i++) taken[accountOf[ready.Take(isBulk: false, default, out _)]]++;
        for (var account = 0; account < weights.Length; account++)
        {
            var fair = (double)turns * weights[account] / weights.Sum();
            Assert.InRange(taken[account], fair * 0.9, fair * 1.1);
        }
    });

    [Fact]
    public void Bulk_gets_one_in_sixteen_while_other_mail_never_ends()
    {
        var ready = new ReadyMail(new ScopeLimits(Clock, static _ => 1));
        for (var i = 0; i < 100; i++) ready.Add(Recipient(i, 0, 0, isBulk: true, NewId(i)), 100);
        var bulk = 0;
        for (var i = 0; i < 1600; i++)
        {
            ready.Add(Recipient(1000 + i, 0, 0, isBulk: false, NewId(1000 + i)), 100);
            if (ready.PrefersBulk) bulk++;
            ready.Take(ready.PrefersBulk, default, out _);
        }
        Assert.Equal(100, bulk);
    }

    // DESIGN §5: one domain's throttle never slows another domain's mail.
    [Fact]
    public void Mail_that_keeps_to_a_limit_of_its_own_holds_up_nobody()
    {
        var limits = new ScopeLimits(Clock, static _ => 1);
        var ready = new ReadyMail(limits);
        for (var i = 0; i < 100; i++) ready.Add(Recipient(i, 0, i % 2, isBulk: false, NewId(i)), 100);
        var limit = limits.Get(null, "d1.test")!;
        var now = TimeSpan.FromHours(1);
        limit.Heard(new LaneSignal.TooFast("slow down", TimeSpan.FromMinutes(5)), now, now);
        ready.Apply(limit);
        var wait = TimeSpan.MaxValue;
        for (var i = 0; i < 50; i++)
        {
            Assert.True(ready.HasReady(isBulk: false, now, ref wait));
            Assert.Equal(0, ready.Take(isBulk: false, now, out _) % 2);
        }
        Assert.False(ready.HasReady(isBulk: false, now, ref wait));
        Assert.Equal(TimeSpan.FromMinutes(5), wait);
        Assert.True(ready.HasReady(isBulk: false, now + wait, ref wait));
        Assert.Equal(1, ready.Take(isBulk: false, now + TimeSpan.FromMinutes(5), out _) % 2);
    }

    private static int Add(ReadyMail ready, (int Account, int Domain, bool IsBulk, int Recipients)[] mail)
    {
        var slot = 0;
        for (var i = 0; i < mail.Length; i++)
        {
            for (var recipient = 0; recipient < mail[i].Recipients; recipient++)
                ready.Add(Recipient(slot++, mail[i].Account, mail[i].Domain, mail[i].IsBulk, NewId(i)), 100);
        }
        return slot;
    }

    private static List<(int Slot, bool Follows, bool IsBulk)> TakeAll(ReadyMail ready)
    {
        var taken = new List<(int, bool, bool)>();
        var wait = TimeSpan.MaxValue;
        while (ready.Count > 0)
        {
            var isBulk = ready.PrefersBulk || !ready.HasReady(isBulk: false, default, ref wait);
            taken.Add((ready.Take(isBulk, default, out var follows), follows, isBulk));
        }
        return taken;
    }

    private static MessageId NewId(int number) => new((UInt128)(uint)(number + 1));

    private static DueRecipient Recipient(int slot, int account, int domain, bool isBulk, MessageId message) => new(
        slot, message, account.ToString(System.Globalization.CultureInfo.InvariantCulture), $"d{domain}.test", isBulk);
}
