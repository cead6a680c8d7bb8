using Ekiden.Spool.Index;

namespace Ekiden.Spool.Tests.Index;

public sealed class NameTableTests
{
    [Fact]
    public void A_name_keeps_its_number_while_it_is_used_and_for_a_while_after()
    {
        var names = new NameTable();
        var first = names.Use("example.com");
        Assert.Equal(first, names.Use("example.com"));
        names.Release(first);
        names.Release(first);
        Assert.Equal("example.com", names[first]);
        Assert.Equal(first, names.Use("example.com"));
    }

    [Fact]
    public void Numbers_are_used_again_in_the_order_in_which_names_fell_out_of_use()
    {
        var names = new NameTable();
        for (var i = 0; i <= NameTable.Idle; i++) names.Release(names.Use($"n{i}"));
        names.Release(names.Use("n0")); // used once more: now the youngest
        Assert.Equal(1, names.Use("other"));
        Assert.Equal(("n0", "other", "n2"), (names[0], names[1], names[2]));
    }

    [Fact]
    public void Names_that_come_and_go_take_no_more_memory()
    {
        var names = new NameTable();
        for (var i = 0; i < 300_000; i++) names.Release(names.Use($"n{i % 200_000}"));
        Assert.True(names.Copy().Length <= NameTable.Idle + 1);
    }
}
