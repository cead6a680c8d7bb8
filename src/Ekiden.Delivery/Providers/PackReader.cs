using Ekiden.Toml;

namespace Ekiden.Delivery.Providers;

/// <summary>Reads a pack from TOML; everything that is wrong is told with its line and key.</summary>
internal static class PackReader
{
    private static readonly SettingsForm<ProviderFamily> Family = SettingsForms.OneOf(
        ("any", ProviderFamily.Any), ("ipv4", ProviderFamily.IPv4), ("ipv6", ProviderFamily.IPv6));

    /// <summary>The pack; null when there is any error.</summary>
    /// <param name="source">The file's path: its name is that of the pack.</param>
    /// <param name="check">
    /// Holds the rules against their examples. Those of the program are held by its tests, not at every start.
    /// </param>
    public static ProviderPack? Read(string text, string source, SettingsProblems problems, bool check)
    {
        if (TomlReader.Read(text, source, problems) is not { } table) return null;
        var root = new SettingsSection(table, "", problems);
        var name = Path.GetFileNameWithoutExtension(source);
        if (name.Length is 0 or > 32 || name.Any(letter => !char.IsAsciiLetterLower(letter)
            && !char.IsAsciiDigit(letter) && letter != '-'))
        {
            root.Error("", "the file's name is the pack's: up to 32 lower-case letters, digits and hyphens");
        }
        if (!root.Has("version")) root.Error("version", "is missing; expected a whole number of at least 1");
        var match = root.Section("match");
        var pack = new ProviderPack(name, root.Get("version", SettingsForms.Whole(1), 1))
        {
            MxSuffixes = match.List("mx", SettingsForms.Domain),
            DomainSuffixes = match.List("domains", SettingsForms.Domain),
            Limits = ReadLimits(root.Section("limits")),
            Growth = ReadGrowth(root),
            Family = root.Get("family", Family, ProviderFamily.Any),
            ResetMeansThrottled = root.Get("reset_means_throttled", SettingsForms.Flag, otherwise: false),
            Rules = RuleReader.ReadAll(root, name, check),
        };
        match.Finish();
        root.Finish();
        return problems.HasErrors ? null : pack;
    }

    private static ProviderLimits ReadLimits(SettingsSection section)
    {
        var usual = new ProviderLimits();
        var most = section.Get("max_connections", SettingsForms.Whole(1), usual.MaxConnections);
        var limits = new ProviderLimits
        {
            StartConnections = section.Get(
                "start_connections", SettingsForms.Whole(1), Math.Min(usual.StartConnections, most)),
            MaxConnections = most,
            StretchConnections = section.Get("stretch_connections", SettingsForms.Whole(1), most),
            MessagesPerConnection = section.Get(
                "messages_per_connection", SettingsForms.Whole(1), usual.MessagesPerConnection),
            RecipientsPerTransaction = section.Get(
                "recipients_per_transaction", SettingsForms.Whole(1), usual.RecipientsPerTransaction),
            RecipientsPerConnection = section.FindValue("recipients_per_connection", SettingsForms.Whole(1)),
            StartRate = section.FindValue("start_rate", SettingsForms.Positive),
            MaxRate = section.FindValue("max_rate", SettingsForms.Positive),
            ConnectionsPerMinute = section.FindValue("connections_per_minute", SettingsForms.Positive),
        };
        if (limits.StartConnections > most) section.Error("start_connections", "is more than max_connections");
        if (limits.StretchConnections < most) section.Error("stretch_connections", "is less than max_connections");
        if (limits.StartRate > limits.MaxRate) section.Error("start_rate", "is more than max_rate");
        section.Finish();
        return limits;
    }

    private static GrowthRule? ReadGrowth(SettingsSection root)
    {
        if (!root.Has("growth")) return null;
        var section = root.Section("growth");
        var share = section.Get("share", SettingsForms.Positive, 0);
        var every = section.Get("every", SettingsForms.Duration, TimeSpan.Zero);
        if (share <= 0 && !section.Has("share")) section.Error("share", "is missing; expected a number over 0");
        if (every <= TimeSpan.Zero) section.Error("every", "expected a duration longer than nothing");
        section.Finish();
        return new GrowthRule(share, every);
    }
}
