using Ekiden.Toml;
using System.Net;
using Ekiden.Mail.Dsn;
using Ekiden.Server.Settings;
using Ekiden.Smtp.Client;
using Ekiden.Smtp.Server;

namespace Ekiden.Server.Tests.Settings;

public sealed class SettingsFileTests
{
    private const string Everything = """
        [server]
        host_name = "Relay.Example.JP"
        data_directory = "data"
        received = "minimal"

        [[listener]]
        name = "submission"
        address = "0.0.0.0:587"
        role = "submission"
        tls = "starttls"
        [[listener]]
        name = "submissions"
        address = "[::]:465"
        role = "submission"
        [[listener]]
        name = "relay"
        address = "127.0.0.1:0"
        role = "relay"
        tls = "none"
        allow = ["192.0.2.0/24", "2001:db8::1"]
        account = "printers"
        [[listener]]
        name = "mx"
        address = "0.0.0.0:25"
        role = "inbound"
        trusted_proxies = ["10.0.0.1"]

        [http]
        address = "127.0.0.1:0"
        public_url = "https://mail.example.jp"

        [dns]
        servers = ["127.0.0.1:5353", "::1"]
        dnssec = "trust-ad"

        [database]
        url = "sqlite"

        [[egress]]
        name = "ip-1"
        address = "203.0.113.10"
        host_name = "out1.example.jp"
        [[pool]]
        name = "bulk"
        members = [{ egress = "ip-1", weight = 1 }]

        [bounce]
        domain = "bounce.example.jp"
        language = "ja"
        [links]
        host_name = "links.example.jp"

        [[stream]]
        name = "newsletter"
        kind = "bulk"
        pool = "bulk"
        expires_after = "24h"

        [[route]]
        match = "*.corp.example"
        hosts = ["10.0.0.5:25", "[2001:db8::5]:2525", "Smtp.Example.org"]
        tls = "none"
        connections = 3
        rate = 1.5
        messages_per_connection = 7
        [[route]]
        match = "*"
        hosts = ["smarthost.example:587"]
        username = "me"
        password = "secret"

        [local]
        domains = ["a.corp.example"]
        recipients = ["info", "sales@a.corp.example"]

        [delivery]
        max_connections = 10000
        lifetime = "2d"
        retry = ["100ms", "1s", "5m"]
        mx_port = 2525
        allow_targets = ["127.0.0.0/8"]

        [limits]
        max_message = "10MiB"
        max_line = 2000
        max_recipients = 100
        max_transactions = 5
        errors_close = 7
        bare_newline_silence = "2s"
        banner_delay = "500ms"
        command_timeout = "1m"
        data_timeout = "1h"
        auth_failures_per_minute = 0
        """;

    [Fact]
    public void Every_key_of_the_contract_is_read()
    {
        var settings = SettingsText.Read(Everything);

        Assert.Equal("relay.example.jp", settings.Server.HostName);
        Assert.Equal("/etc/ekiden/data", settings.Server.DataDirectory);
        Assert.Equal(ReceivedDetail.Minimal, settings.Server.Received);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 0), settings.Http.Address);
        Assert.Equal(new Uri("https://mail.example.jp"), settings.Http.PublicUrl);
        Assert.Equal(
            [new IPEndPoint(IPAddress.Loopback, 5353), new IPEndPoint(IPAddress.IPv6Loopback, 53)],
            settings.Dns.Servers);
        Assert.True(settings.Dns.TrustsAuthenticData);
        Assert.Equal("out1.example.jp", Assert.Single(settings.Egress).HostName);
        Assert.Equal([new PoolMember("ip-1", 1)], Assert.Single(settings.Pools).Members);
        Assert.Equal(
            ("bounce.example.jp", DsnLanguage.Japanese), (settings.Bounce.Domain, settings.Bounce.Language));
        Assert.Equal("links.example.jp", settings.LinksHostName);
        Assert.Equal(
            new StreamSettings
            {
                Name = "newsletter",
                IsBulk = true,
                Pool = "bulk",
                ExpiresAfter = TimeSpan.FromDays(1),
            },
            Assert.Single(settings.Streams));
    }

    [Fact]
    public void Listeners_are_read_with_their_usual_tls()
    {
        var listeners = SettingsText.Read(Everything).Listeners;

        Assert.Equal(["submission", "submissions", "relay", "mx"], listeners.Select(listener => listener.Name));
        Assert.Equal(
            [ListenerTls.StartTls, ListenerTls.Implicit, ListenerTls.None, ListenerTls.StartTls],
            listeners.Select(listener => listener.Tls));
        Assert.Equal(
            [ListenerRole.Submission, ListenerRole.Submission, ListenerRole.Relay, ListenerRole.Inbound],
            listeners.Select(listener => listener.Role));
        Assert.Equal([IPNetwork.Parse("192.0.2.0/24"), IPNetwork.Parse("2001:db8::1/128")], listeners[2].Allow);
        Assert.Equal(("printers", "default"), (listeners[2].Account, listeners[3].Account));
        Assert.Equal([IPNetwork.Parse("10.0.0.1/32")], listeners[3].TrustedProxies);
    }

    [Fact]
    public void Routes_are_read_in_their_order()
    {
        var routes = SettingsText.Read(Everything).Routes;

        Assert.Equal(["*.corp.example", "*"], routes.Select(route => route.Match));
        Assert.Equal(
            [new HostAndPort("10.0.0.5", 25), new HostAndPort("2001:db8::5", 2525),
                new HostAndPort("smtp.example.org", 25)],
            routes[0].Hosts);
        Assert.Equal((3, 1.5, 7), (routes[0].Connections, routes[0].Rate, routes[0].MessagesPerConnection));
        Assert.Equal((TlsLevel.None, TlsLevel.Verified), (routes[0].Tls, routes[1].Tls));
        Assert.Equal(("me", "secret"), (routes[1].Username, routes[1].Password!.Read()));
    }

    [Theory]
    [InlineData("*", "any.example", true)]
    [InlineData("*.corp.example", "a.corp.example", true)]
    [InlineData("*.corp.example", "b.a.corp.example", true)]
    [InlineData("*.corp.example", "corp.example", false)]
    [InlineData("*.corp.example", "notcorp.example", false)]
    [InlineData("corp.example", "corp.example", true)]
    [InlineData("corp.example", "a.corp.example", false)]
    public void A_pattern_holds_for_what_it_names(string match, string domain, bool holds) =>
        Assert.Equal(holds, new StaticRouteSettings { Match = match }.Matches(domain));

    [Theory]
    [InlineData("info@a.corp.example", true)]
    [InlineData("INFO@a.corp.example", true)]
    [InlineData("Sales@a.corp.example", true)]
    [InlineData("PostMaster@a.corp.example", true)]
    [InlineData("other@a.corp.example", false)]
    [InlineData("info@b.corp.example", false)]
    [InlineData("postmaster@b.corp.example", false)]
    public void Local_recipients_are_those_that_are_named_and_postmaster(string address, bool isLocal)
    {
        Assert.True(Mail.Mailbox.TryParse(address, out var mailbox));
        Assert.Equal(isLocal, SettingsText.Read(Everything).Local.Has(mailbox));
    }

    [Fact]
    public void Delivery_and_limits_are_read()
    {
        var settings = SettingsText.Read(Everything);

        Assert.Equal(
            [TimeSpan.FromMilliseconds(100), TimeSpan.FromSeconds(1), TimeSpan.FromMinutes(5)],
            settings.Delivery.Retry);
        Assert.Equal((10_000, TimeSpan.FromDays(2), 2525),
            (settings.Delivery.MaxConnections, settings.Delivery.Lifetime, settings.Delivery.MxPort));
        Assert.Equal([IPNetwork.Parse("127.0.0.0/8")], settings.Delivery.AllowTargets);
        Assert.Equal(
            new LimitsSettings
            {
                MaxMessage = 10 * 1024 * 1024,
                MaxLine = 2000,
                MaxRecipients = 100,
                MaxTransactions = 5,
                ErrorsClose = 7,
                BareNewlineSilence = TimeSpan.FromSeconds(2),
                BannerDelay = TimeSpan.FromMilliseconds(500),
                CommandTimeout = TimeSpan.FromMinutes(1),
                DataTimeout = TimeSpan.FromHours(1),
                AuthFailuresPerMinute = 0,
            },
            settings.Limits);
    }

    [Fact]
    public void What_is_read_but_not_used_yet_is_said()
    {
        var notes = SettingsText.Parse(Everything).Problems.Where(problem => problem.Severity == SettingsSeverity.Note);
        Assert.Equal(
            ["pool[0].name", "links.host_name", "stream[0].name"],
            notes.Select(note => note.Key));
    }

    [Fact]
    public void A_minimal_file_has_the_usual_values()
    {
        var settings = SettingsText.Read(SettingsText.Minimal);

        Assert.Empty(SettingsText.Parse(SettingsText.Minimal).Problems);
        Assert.Equal(new IPEndPoint(IPAddress.Loopback, 8025), settings.Http.Address);
        Assert.Equal(TimeSpan.FromDays(5), settings.Delivery.Lifetime);
        Assert.Equal(new LimitsSettings(), settings.Limits);
        Assert.Equal(ReceivedDetail.Full, settings.Server.Received);
        Assert.Empty(settings.Routes);
    }
}
