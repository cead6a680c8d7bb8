using Ekiden.Server.Settings;
using Ekiden.Toml;

namespace Ekiden.Server.Tests.Settings;

public sealed class SettingsProblemTests
{
    // What is added to a minimal file (nine lines) that is right without it, and what is said about it.
    [Theory]
    [InlineData("[sever]", "10: error: sever: there is no such setting; did you mean \"server\"?")]
    [InlineData("[frobnicate]", "10: error: frobnicate: there is no such setting")]
    [InlineData("[delivery]\nlifetme = \"5d\"", "11: error: delivery.lifetme: there is no such setting; did you mean \"lifetime\"?")]
    [InlineData("[delivery]\nlifetime = 5", "11: error: delivery.lifetime: expected a duration such as \"100ms\", \"30s\", \"5m\", \"24h\" or \"5d\"; found 5")]
    [InlineData("[delivery]\nlifetime = \"5 days\"", "11: error: delivery.lifetime: expected a duration such as \"100ms\", \"30s\", \"5m\", \"24h\" or \"5d\"; found \"5 days\"")]
    [InlineData("[delivery]\nlifetime = \"0s\"", "11: error: delivery.lifetime: must be longer than nothing")]
    [InlineData("[delivery]\nretry = [\"1s\", \"soon\"]", "11: error: delivery.retry: expected a duration such as \"100ms\", \"30s\", \"5m\", \"24h\" or \"5d\"; found \"soon\"")]
    [InlineData("[delivery]\nretry = \"1s\"", "11: error: delivery.retry: expected a list of which every item is a duration such as \"100ms\", \"30s\", \"5m\", \"24h\" or \"5d\"; found a text")]
    [InlineData("[delivery]\nmx_port = 0", "11: error: delivery.mx_port: expected a whole number from 1 to 65535; found 0")]
    [InlineData("[delivery]\nmx_port = 65536", "11: error: delivery.mx_port: expected a whole number from 1 to 65535; found 65536")]
    [InlineData("[delivery]\nallow_targets = [\"10/8\"]", "11: error: delivery.allow_targets: expected a network such as \"192.0.2.0/24\" or \"2001:db8::/32\", or one address; found \"10/8\"")]
    [InlineData("[limits]\nmax_message = \"25 elephants\"", "11: error: limits.max_message: expected a size such as \"25MiB\", \"500KB\" or a number of bytes; found \"25 elephants\"")]
    [InlineData("[limits]\nmax_line = 997", "11: error: limits.max_line: expected a whole number from 998 to 65536; found 997")]
    [InlineData("[limits]\nmax_recipients = 99", "11: warning: limits.max_recipients: clients may count on 100: RFC 5321 §4.5.3.1.8")]
    [InlineData("[http]\naddress = \"8025\"", "11: error: http.address: expected an address and a port such as \"0.0.0.0:587\" or \"[::]:25\"; found \"8025\"")]
    [InlineData("[http]\naddress = \"0.0.0.0:8025\"", "11: warning: http.address: can be reached from outside without TLS: tokens and mail travel in clear")]
    [InlineData("[http]\npublic_url = \"mail.example.jp\"", "11: error: http.public_url: expected a URL such as \"https://mail.example.jp\"; found \"mail.example.jp\"")]
    [InlineData("[http]\ncertificate = \"file:/x/y.pem\"", "11: error: http.certificate: needs key beside it")]
    [InlineData("[dns]\nservers = [\"ns.example\"]", "11: error: dns.servers: expected an address such as \"127.0.0.1\" or \"127.0.0.1:53\"; found \"ns.example\"")]
    [InlineData("[database]\nurl = \"mysql://x\"", "11: error: database.url: expected \"sqlite\" or \"postgres://…\"")]
    [InlineData("[[route]]\nhosts = [\"10.0.0.5\"]", "10: error: route[0].match: is missing; expected a domain, \"*.example.org\" for those below it, or \"*\" for all")]
    [InlineData("[[route]]\nmatch = \"*\"", "10: error: route[0].hosts: is missing; expected [\"10.0.0.5:25\"]")]
    [InlineData("[[route]]\nmatch = \"*\"\nhosts = []", "12: error: route[0].hosts: names no host")]
    [InlineData("[[route]]\nmatch = \"a.*\"\nhosts = [\"h.example\"]", "11: error: route[0].match: expected a domain, \"*.example.org\" for those below it, or \"*\" for all; found \"a.*\"")]
    [InlineData("[[route]]\nmatch = \"*\"\nhosts = [\"h.example\"]\ntls = \"maybe\"", "13: error: route[0].tls: expected one of \"none\", \"opportunistic\", \"required\", \"verified\"; found \"maybe\"")]
    [InlineData("[[route]]\nmatch = \"*\"\nhosts = [\"h.example\"]\nusername = \"u\"", "13: error: route[0].username: username and password go together")]
    [InlineData("[[route]]\nmatch = \"*\"\nhosts = [\"h.example\"]\ntls = \"required\"\nusername = \"u\"\npassword = \"p\"", "13: error: route[0].tls: signing in needs tls = \"verified\", or the password goes to whoever answers")]
    [InlineData("[[route]]\nmatch = \"*\"\nvia = \"lmtp\"\npath = \"/run/lmtp\"", "13: error: route[0].path: expected a socket such as \"unix:/run/dovecot/lmtp\" or \"127.0.0.1:24\"; found \"/run/lmtp\"")]
    [InlineData("[[route]]\nmatch = \"*\"\nvia = \"lmtp\"", "10: error: route[0].path: is missing; via = \"lmtp\" needs it")]
    [InlineData("[[route]]\nmatch = \"*\"\nvia = \"maildir\"\npath = \"/var/mail/{domain}\"", "13: error: route[0].path: expected an absolute path with {local}, such as \"/var/mail/{domain}/{local}\"; found \"/var/mail/{domain}\"")]
    [InlineData("[route]\nmatch = \"*\"", "10: error: route: expected tables, each written [[route]]; found a table")]
    [InlineData("[[pool]]\nname = \"p\"\nmembers = [{ egress = \"none\" }]", "12: error: pool[0].members[0].egress: there is no [[egress]] with the name \"none\"")]
    [InlineData("[[stream]]\nname = \"s\"\npool = \"none\"", "12: error: stream[0].pool: there is no [[pool]] with the name \"none\"")]
    [InlineData("[[egress]]\nname = \"e\"\naddress = \"out.example\"", "12: error: egress[0].address: expected an IP address; found \"out.example\"")]
    [InlineData("[local]\nrecipients = [\"info\"]", "11: warning: local.recipients: has no effect without [local] domains")]
    [InlineData("[local]\ndomains = [\"a.example\"]", "10: warning: local: a.example has no [[route]]: mail for it waits")]
    public void A_mistake_is_named_with_its_line_and_key(string added, string problem) =>
        Assert.Contains("ekiden.toml:" + problem, SettingsText.Problems(SettingsText.Minimal + added));

    [Theory]
    [InlineData("role = \"submission\"\ntls = \"none\"", "6: error: listener[0].tls: nobody can sign in without TLS; on loopback allow_plaintext_auth = true lets them")]
    [InlineData("role = \"submission\"\nallow = [\"10.0.0.1\"]", "6: error: listener[0].allow: is for role = \"relay\" only")]
    [InlineData("role = \"submission\"\naccount = \"a\"", "6: error: listener[0].account: is for listeners where nobody signs in; on submission the key decides")]
    [InlineData("role = \"submission\"\nallow_plaintext_auth = true", "6: error: listener[0].allow_plaintext_auth: is for loopback tests; this address can be reached from outside")]
    [InlineData("role = \"relay\"", "3: warning: listener[0].allow: is missing or empty: this listener relays for nobody")]
    [InlineData("role = \"relay\"\nallow = []", "6: warning: listener[0].allow: is missing or empty: this listener relays for nobody")]
    [InlineData("role = \"relay\"\nallow = [\"0.0.0.0/0\"]", "6: warning: listener[0].allow: lets everybody relay: an open relay is on blocklists within hours")]
    [InlineData("role = \"relay\"\nallow = [\"::/0\"]", "6: warning: listener[0].allow: lets everybody relay: an open relay is on blocklists within hours")]
    [InlineData("role = \"links\"", "5: note: listener[0].role: is read, but nothing uses it yet: this listener stays closed until there are unsubscribe and tracking links")]
    [InlineData("role = \"mx\"", "5: error: listener[0].role: expected one of \"submission\", \"relay\", \"inbound\", \"links\"; found \"mx\"")]
    [InlineData("tls = \"none\"", "3: error: listener[0].role: is missing; expected submission, relay, inbound or links")]
    [InlineData("role = \"inbound\"", "3: warning: listener: inbound takes mail for nobody without [local] domains")]
    public void A_listener_that_would_not_do_what_it_should_is_named(string rest, string problem) => Assert.Contains(
        "ekiden.toml:" + problem,
        SettingsText.Problems(
            "[server]\nhost_name = \"a.example\"\n[[listener]]\naddress = \"192.0.2.1:25\"\n" + rest));

    [Fact]
    public void Every_mistake_is_said_at_once_in_the_order_of_the_lines()
    {
        var problems = SettingsText.Problems("""
            [server]
            host_name = "a b"
            [[listener]]
            name = "x"
            address = "nowhere"
            role = "relay"
            allow = ["192.0.2.0/33"]
            [limits]
            max_lines = 5
            """);
        Assert.Equal(
        [
            "ekiden.toml:2: error: server.host_name: expected a domain name; found \"a b\"",
            "ekiden.toml:5: error: listener[0].address: expected an address and a port such as \"0.0.0.0:587\" or "
                + "\"[::]:25\"; found \"nowhere\"",
            "ekiden.toml:7: error: listener[0].allow: expected a network such as \"192.0.2.0/24\" or "
                + "\"2001:db8::/32\", or one address; found \"192.0.2.0/33\"",
            "ekiden.toml:9: error: limits.max_lines: there is no such setting; did you mean \"max_line\"?",
        ], problems);
    }

    [Fact]
    public void Two_listeners_with_one_name_are_an_error() => Assert.Contains(
        "ekiden.toml:11: error: listener[1].name: there is another [[listener]] with the name \"relay\"",
        SettingsText.Problems(SettingsText.Minimal
            + "[[listener]]\nname = \"relay\"\naddress = \"127.0.0.1:2\"\nrole = \"relay\"\nallow = [\"127.0.0.1\"]"));

    [Fact]
    public void An_empty_file_lacks_a_listener() => Assert.Contains(
        "ekiden.toml:1: error: listener: is missing: nobody can hand in mail by SMTP; expected [[listener]]",
        SettingsText.Problems(""));

    [Theory]
    [InlineData("[server", 1)]
    [InlineData("a = 1\nb = = 2", 2)]
    [InlineData("a = 1\n\na = 2", 3)]
    [InlineData("[server]\nx = \"unfinished", 2)]
    public void What_is_no_toml_is_named_with_its_line(string text, int line)
    {
        var result = SettingsText.Parse(text);
        Assert.Null(result.Settings);
        Assert.Contains(result.Problems, problem => problem.Place.Line == line);
    }

    [Fact]
    public void A_secret_in_a_missing_file_is_named() => Assert.Contains(
        SettingsText.Parse(SettingsText.Minimal
            + "[tls]\ncertificate = \"file:/nowhere/c.pem\"\nkey = \"file:/nowhere/k.pem\"").Problems,
        problem => problem is { Key: "tls.certificate", Place.Line: 11, Severity: SettingsSeverity.Error });

    [Fact]
    public void A_certificate_that_is_none_is_named() => Assert.Contains(
        SettingsText.Parse(SettingsText.Minimal + "[tls]\ncertificate = \"x\"\nkey = \"y\"").Problems,
        problem => problem is { Key: "tls.certificate", Place.Line: 11, Severity: SettingsSeverity.Error });

    [Fact]
    public void A_missing_file_is_said_with_where_it_was_looked_for()
    {
        var result = SettingsFile.Load("/nowhere/ekiden.toml", new Dictionary<string, string>());
        Assert.Null(result.Settings);
        Assert.Contains("/nowhere/ekiden.toml", Assert.Single(result.Problems).ToString(), StringComparison.Ordinal);
    }

    [Fact]
    public void The_file_is_the_named_one_else_the_environments_one()
    {
        var environment = new Dictionary<string, string> { ["EKIDEN_CONFIG"] = "/from/environment" };
        Assert.Equal("/named", SettingsFile.Find("/named", environment));
        Assert.Equal("/from/environment", SettingsFile.Find(null, environment));
    }

    [Fact]
    public void A_control_character_in_a_value_reaches_no_message() =>
        Assert.All(
            SettingsText.Problems(SettingsText.Minimal + "[delivery]\nlifetime = \"1\\u0000\\n\\u001b[31m\""),
            problem => Assert.DoesNotContain(problem, char.IsControl));
}
