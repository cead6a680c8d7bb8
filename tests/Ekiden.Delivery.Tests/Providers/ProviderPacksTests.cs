using Ekiden.Delivery.Providers;
using Ekiden.Toml;

namespace Ekiden.Delivery.Tests.Providers;

public sealed class ProviderPacksTests
{
    private const string Small = "version = 3\n[match]\nmx = [\"mx.example\"]\n";

    [Theory]
    [InlineData("gmail.com", new string[0], "gmail")]
    [InlineData("customer.example", new[] { "aspmx.l.google.com", "alt1.aspmx.l.google.com" }, "gmail")]
    [InlineData("customer.example", new[] { "customer-example.mail.protection.outlook.com" }, "microsoft365")]
    [InlineData("hotmail.com", new[] { "hotmail-com.olc.protection.outlook.com" }, "outlook")]
    [InlineData("yahoo.co.jp", new[] { "mx1.mail.yahoo.co.jp" }, "yahoo-japan")]
    [InlineData("yahoo.com", new[] { "mta5.am0.yahoodns.net" }, "yahoo")]
    [InlineData("docomo.ne.jp", new[] { "mfsmax.docomo.ne.jp" }, "docomo")]
    [InlineData("ezweb.ne.jp", new string[0], "au")]
    [InlineData("i.softbank.jp", new string[0], "softbank")]
    [InlineData("example.org", new[] { "mx.example.org" }, "default")]
    [InlineData("notgmail.com", new string[0], "default")]
    public void A_domain_s_provider_is_that_of_its_mx_hosts_or_its_own(string domain, string[] hosts, string name) =>
        Assert.Equal(name, ProviderPacks.BuiltIn.Find(domain, hosts).Name);

    // delivery.md §1: every MX host must match.
    [Fact]
    public void A_domain_that_mixes_providers_is_none_of_theirs() => Assert.Equal(
        "default", ProviderPacks.BuiltIn.Find("mixed.example", ["aspmx.l.google.com", "mx.mixed.example"]).Name);

    [Fact]
    public void The_longest_suffix_counts() => Assert.Equal(
        "outlook", ProviderPacks.BuiltIn.FindByHosts(["x.olc.protection.outlook.com"])?.Name);

    // delivery.md §10.
    [Fact]
    public void Caps_are_those_of_the_provider()
    {
        Assert.Equal(20, Limits("yahoo").MessagesPerConnection);
        Assert.Equal(
            (50, (int?)50), (Limits("docomo").RecipientsPerTransaction, Limits("docomo").RecipientsPerConnection));
        Assert.Equal((2, 20, (double?)10), (Limits("yahoo-japan").MaxConnections,
            Limits("yahoo-japan").MessagesPerConnection, Limits("yahoo-japan").StartRate));
        Assert.Equal((2, 20, 100, (double?)null), (Limits("default").StartConnections,
            Limits("default").MaxConnections, Limits("default").StretchConnections, Limits("default").StartRate));
        Assert.True(Pack("au").ResetMeansThrottled);
        Assert.Equal(new GrowthRule(0.2, TimeSpan.FromMinutes(5)), Pack("au").Growth);
    }

    [Fact]
    public void A_file_of_the_operator_s_replaces_the_pack_of_that_name_or_stands_beside_the_others()
    {
        var packs = ProviderPacks.WithFiles([File("gmail", Small), File("house", Small)], ProviderPacks.BuiltIn);

        Assert.Equal(3, packs.All.Single(provider => provider.Name == "gmail").Pack.Version);
        Assert.Equal("default", packs.Find("gmail.com", []).Name);
        Assert.Equal("house", packs.Find("a.example", ["mx.example"]).Name);
        Assert.Equal(ProviderPacks.BuiltIn.All.Length + 1, packs.All.Length);
    }

    [Fact]
    public void A_file_with_errors_leaves_what_was_in_force()
    {
        var before = ProviderPacks.WithFiles([File("house", Small)], ProviderPacks.BuiltIn);

        var after = ProviderPacks.WithFiles([new PackFile("house", null), new PackFile("gmail", null)], before);

        Assert.Equal("house", after.Find("a.example", ["mx.example"]).Name);
        Assert.Equal("gmail", after.Find("gmail.com", []).Name);
    }

    [Fact]
    public void A_file_that_is_gone_leaves_nothing() => Assert.Equal(
        "default",
        ProviderPacks.WithFiles([], ProviderPacks.WithFiles([File("house", Small)], ProviderPacks.BuiltIn))
            .Find("a.example", ["mx.example"]).Name);

    [Theory]
    [InlineData("", "1: error: version: is missing; expected a whole number of at least 1")]
    [InlineData("version = 0", "1: error: version: expected a whole number of at least 1; found 0")]
    [InlineData("version = 1\nfamily = \"ipv5\"",
        "2: error: family: expected one of \"any\", \"ipv4\", \"ipv6\"; found \"ipv5\"")]
    [InlineData("version = 1\n[limits]\nstart_connections = 9\nmax_connections = 8",
        "3: error: limits.start_connections: is more than max_connections")]
    [InlineData("version = 1\n[limits]\nmax_conections = 8",
        "3: error: limits.max_conections: there is no such setting; did you mean \"max_connections\"?")]
    [InlineData("version = 1\n[growth]\nshare = 0.2", "2: error: growth.every: expected a duration longer than nothing")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"blocked\"\ntext = [\"x\"]",
        "2: error: rule[0].examples: is missing: a rule is held against recorded replies")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"blocked\"\nexamples = [\"rcpt 550 x\"]",
        "3: error: rule[0].name: the rule matches everything: expected codes, status, text or pattern")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"blocked\"\ntext = [\"y\"]\nexamples = [\"rcpt 550 x\"]",
        "6: error: rule[0].examples: the rule does not match its own example \"550 x\"")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"blocked\"\npattern = \"(\"\nexamples = [\"rcpt 550 x\"]",
        "5: error: rule[0].pattern: is no pattern that can be used: ")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"blocked\"\npattern = \"(?=x)\"\nexamples = [\"rcpt 550 x\"]",
        "5: error: rule[0].pattern: is no pattern that can be used: ")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"speeding\"\ncodes = [\"421\"]\nretry = \"pause\"\nexamples = [\"rcpt 421\"]",
        "2: error: rule[0].for: expected a duration longer than nothing beside this retry")]
    [InlineData("version = 1\n[[rule]]\nname = \"a\"\nclass = \"speeding\"\ncodes = [\"421\"]\nfor = \"1m\"\nexamples = [\"rcpt 421\"]",
        "6: error: rule[0].for: belongs to retry = \"pause\" or \"other_source\"")]
    public void What_is_wrong_with_a_pack_is_told_with_line_and_key(string toml, string expected)
    {
        var problems = new SettingsProblems();

        Assert.Null(PackReader.Read(toml, "packs/house.toml", problems, check: true));
        Assert.StartsWith("packs/house.toml:" + expected, Assert.Single(problems.All).ToString());
    }

    // delivery.md A6.
    [Fact]
    public void A_rule_whose_example_an_earlier_rule_takes_is_an_error()
    {
        var problems = new SettingsProblems();

        PackReader.Read(
            """
            version = 1
            [[rule]]
            name = "first"
            class = "blocked"
            text = ["no"]
            examples = ["rcpt 550 no"]
            [[rule]]
            name = "second"
            class = "speeding"
            text = ["not today"]
            examples = ["rcpt 550 not today"]
            """, "packs/house.toml", problems, check: true);

        Assert.Equal(
            "packs/house.toml:11: error: rule[1].examples: the rule \"first\" takes the example \"550 not today\"",
            Assert.Single(problems.All).ToString());
    }

    [Fact]
    public void The_files_of_a_folder_are_read_and_a_wrong_one_is_a_warning_with_its_place()
    {
        var folder = System.IO.Directory.CreateTempSubdirectory("ekiden-packs-").FullName;
        System.IO.File.WriteAllText(Path.Combine(folder, "house.toml"), Small);
        System.IO.File.WriteAllText(Path.Combine(folder, "wrong.toml"), "version = 1\nnonsense = 1\n");
        var problems = new SettingsProblems();

        var files = PackFile.ReadFolder(folder, problems);

        System.IO.Directory.Delete(folder, recursive: true);
        Assert.Equal([("house", true), ("wrong", false)], files.Select(file => (file.Name, file.Pack is not null)));
        Assert.Equal(
            Path.Combine(folder, "wrong.toml") + ":2: warning: nonsense: there is no such setting; "
            + "the pack that was in force stays",
            Assert.Single(problems.All).ToString());
    }

    [Fact]
    public void A_folder_that_is_not_there_is_a_warning()
    {
        var problems = new SettingsProblems();

        Assert.Empty(PackFile.ReadFolder("/nowhere/packs", problems));
        Assert.Equal(SettingsSeverity.Warning, Assert.Single(problems.All).Severity);
    }

    private static ProviderPack Pack(string name) =>
        ProviderPacks.BuiltIn.All.Single(provider => provider.Name == name).Pack;

    private static ProviderLimits Limits(string name) => Pack(name).Limits;

    private static PackFile File(string name, string toml) =>
        new(name, PackReader.Read(toml, name + ".toml", new SettingsProblems(), check: true));
}
