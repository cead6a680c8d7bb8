using Ekiden.Toml;

namespace Ekiden.Delivery.Providers;

/// <summary>Reads what a rule advises.</summary>
internal static class AdviceReader
{
    private enum Kind
    {
        Never,
        Schedule,
        SameSource,
        NextTransaction,
        Reconnect,
        FewerConnections,
        SlowDown,
        Pause,
        OtherSource,
    }

    private static readonly SettingsForm<Kind> Form = SettingsForms.OneOf(
        ("never", Kind.Never), ("schedule", Kind.Schedule), ("same_source", Kind.SameSource),
        ("next_transaction", Kind.NextTransaction), ("reconnect", Kind.Reconnect),
        ("fewer_connections", Kind.FewerConnections), ("slow_down", Kind.SlowDown), ("pause", Kind.Pause),
        ("other_source", Kind.OtherSource));

    /// <summary>
    /// The advice; null when the rule names none. <c>for</c> belongs to pause and other_source, <c>connections</c> and
    /// <c>messages_per_minute</c> to pause.
    /// </summary>
    public static RetryAdvice? Read(SettingsSection section)
    {
        var kind = section.FindValue("retry", Form);
        var hasDuration = kind is Kind.Pause or Kind.OtherSource;
        var duration = section.Get("for", SettingsForms.Duration, TimeSpan.Zero);
        var connections = section.Get("connections", SettingsForms.Whole(1), 1);
        var rate = section.FindValue("messages_per_minute", SettingsForms.Positive);
        if (hasDuration && duration <= TimeSpan.Zero)
            section.Error("for", "expected a duration longer than nothing beside this retry");
        if (!hasDuration && section.Has("for"))
            section.Error("for", "belongs to retry = \"pause\" or \"other_source\"");
        foreach (var key in (string[])["connections", "messages_per_minute"])
        {
            if (kind != Kind.Pause && section.Has(key)) section.Error(key, "belongs to retry = \"pause\"");
        }
        return kind switch
        {
            Kind.Never => new RetryAdvice.Never(),
            Kind.Schedule => new RetryAdvice.Schedule(),
            Kind.SameSource => new RetryAdvice.SameSource(),
            Kind.NextTransaction => new RetryAdvice.NextTransaction(),
            Kind.Reconnect => new RetryAdvice.Reconnect(),
            Kind.FewerConnections => new RetryAdvice.FewerConnections(),
            Kind.SlowDown => new RetryAdvice.SlowDown(),
            Kind.Pause => new RetryAdvice.Pause(duration, connections, rate),
            Kind.OtherSource => new RetryAdvice.OtherSource(duration),
            _ => null,
        };
    }
}
