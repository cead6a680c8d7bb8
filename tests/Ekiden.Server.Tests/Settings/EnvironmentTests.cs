using System.Net;

namespace Ekiden.Server.Tests.Settings;

public sealed class EnvironmentTests
{
    [Fact]
    public void A_variable_wins_over_the_file()
    {
        var settings = SettingsText.Read(
            SettingsText.Minimal,
            ("EKIDEN__SERVER__HOST_NAME", "other.example"),
            ("EKIDEN__DELIVERY__MX_PORT", "2525"),
            ("EKIDEN__LISTENER__0__ADDRESS", "127.0.0.1:0"),
            ("EKIDEN__LISTENER__0__ALLOW", "10.0.0.0/8, 127.0.0.1"));

        Assert.Equal("other.example", settings.Server.HostName);
        Assert.Equal(2525, settings.Delivery.MxPort);
        Assert.Equal(0, settings.Listeners[0].Address.Port);
        Assert.Equal([IPNetwork.Parse("10.0.0.0/8"), IPNetwork.Parse("127.0.0.1/32")], settings.Listeners[0].Allow);
    }

    [Fact]
    public void The_number_after_the_last_adds_a_table()
    {
        var settings = SettingsText.Read(
            SettingsText.Minimal,
            ("EKIDEN__LISTENER__1__ADDRESS", "127.0.0.1:2526"),
            ("EKIDEN__LISTENER__1__ALLOW_PLAINTEXT_AUTH", "true"),
            ("EKIDEN__LISTENER__1__ROLE", "submission"),
            ("EKIDEN__LISTENER__1__TLS", "none"),
            ("EKIDEN__ROUTE__0__HOSTS", "[\"10.0.0.5:25\", \"10.0.0.6\"]"),
            ("EKIDEN__ROUTE__0__MATCH", "*"));

        Assert.True(settings.Listeners[1].AllowPlaintextAuth);
        Assert.Equal(2, Assert.Single(settings.Routes).Hosts.Length);
    }

    [Theory]
    [InlineData("EKIDEN__SERVER__HOSTNAME", "x",
        "EKIDEN__SERVER__HOSTNAME: error: server.hostname: there is no such setting; did you mean \"host_name\"?")]
    [InlineData("EKIDEN__DELIVERY__MX_PORT", "smtp",
        "EKIDEN__DELIVERY__MX_PORT: error: delivery.mx_port: expected a whole number from 1 to 65535; found \"smtp\"")]
    [InlineData("EKIDEN__LISTENER__7__NAME", "x",
        "EKIDEN__LISTENER__7__NAME: error: names no setting: expected EKIDEN__SECTION__KEY")]
    [InlineData("EKIDEN__SERVER__", "x", "EKIDEN__SERVER__: error: names no setting: expected EKIDEN__SECTION__KEY")]
    [InlineData("EKIDEN__SERVER__HOST_NAME__MORE", "x",
        "EKIDEN__SERVER__HOST_NAME__MORE: error: names no setting: expected EKIDEN__SECTION__KEY")]
    public void A_wrong_variable_is_named(string name, string value, string problem) =>
        Assert.Contains(problem, SettingsText.Problems(SettingsText.Minimal, (name, value)));

    [Fact]
    public void Variables_of_others_are_left_alone() => Assert.Empty(SettingsText.Problems(
        SettingsText.Minimal, ("EKIDEN_KEY", "x"), ("EKIDEN_CONFIG", "y"), ("PATH", "z")));
}
