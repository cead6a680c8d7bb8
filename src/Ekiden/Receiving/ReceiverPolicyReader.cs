using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Toml;

namespace Ekiden.Receiving;

/// <summary>Reads a receiver's policy from TOML.</summary>
internal static class ReceiverPolicyReader
{
    private static readonly SettingsForm<Refusal> Kind = SettingsForms.OneOf(
        ("reply", Refusal.Reply), ("close", Refusal.Close), ("reset", Refusal.Reset));

    private static readonly SettingsForm<SmtpReply> Reply = SettingsForms.OfText<SmtpReply>(
        "a reply such as \"450 4.7.1 Slow down\"", TryReadReply);

    /// <summary>The policy; null when there is any error.</summary>
    public static ReceiverPolicy? Read(string text, string source, SettingsProblems problems)
    {
        if (TomlReader.Read(text, source, problems) is not { } table) return null;
        var root = new SettingsSection(table, "", problems);
        var policy = Read(root, new ReceiverPolicy());
        var changes = ImmutableArray.CreateBuilder<ReceiverChange>();
        var last = policy;
        foreach (var section in root.Sections("change"))
        {
            var after = section.Get("after", SettingsForms.Duration, TimeSpan.Zero);
            if (after <= (changes.Count > 0 ? changes[^1].After : TimeSpan.Zero))
                section.Error("after", "expected a duration that is longer than that of the change before");
            // What a change does not name stays as it was.
            last = Read(section, last);
            section.Finish();
            changes.Add(new ReceiverChange(after, last));
        }
        root.Finish();
        return problems.HasErrors ? null : policy with { Changes = changes.ToImmutable() };
    }

    private static ReceiverPolicy Read(SettingsSection section, ReceiverPolicy usual)
    {
        var count = SettingsForms.Whole(0);
        var policy = usual with
        {
            Name = section.Get("name", SettingsForms.Domain, usual.Name),
            MaxConnections = section.Get("max_connections", count, usual.MaxConnections),
            MaxConnectionsPerClient = section.Get("max_connections_per_client", count, usual.MaxConnectionsPerClient),
            OverConnections = section.Get("over_connections", Kind, usual.OverConnections),
            BannerDelay = section.Get("banner_delay", SettingsForms.Duration, usual.BannerDelay),
            CommandDelay = section.Get("command_delay", SettingsForms.Duration, usual.CommandDelay),
            MessageDelay = section.Get("message_delay", SettingsForms.Duration, usual.MessageDelay),
            Rate = section.FindValue("rate", SettingsForms.Positive) ?? usual.Rate,
            OverRate = section.Get("over_rate", Kind, usual.OverRate),
            RateReply = section.Find("rate_reply", Reply) ?? usual.RateReply,
            MessagesPerConnection = section.Get("messages_per_connection", count, usual.MessagesPerConnection),
            AfterMessages = section.Get("after_messages", Kind, usual.AfterMessages),
            RecipientsPerMessage = section.Get(
                "recipients_per_message", SettingsForms.Whole(1), usual.RecipientsPerMessage),
            Greylisting = section.Get("greylisting", SettingsForms.Duration, usual.Greylisting),
            DailyQuota = section.Get("daily_quota", count, usual.DailyQuota),
            RejectedShare = section.FindValue("rejected_share", SettingsForms.Positive) ?? usual.RejectedShare,
            BlockAfter = section.Get("block_after", count, usual.BlockAfter),
            BlockFor = section.Get("block_for", SettingsForms.Duration, usual.BlockFor),
            BlockDoubles = section.Get("block_doubles", SettingsForms.Flag, usual.BlockDoubles),
            BlockReply = section.Find("block_reply", Reply) ?? usual.BlockReply,
        };
        if (policy.RejectedShare > 1) section.Error("rejected_share", "is more than 1, which is all of them");
        if (policy.BlockAfter > 0 && policy.BlockFor <= TimeSpan.Zero)
            section.Error("block_for", "expected a duration longer than nothing beside block_after");
        // A whole second's worth, unless the policy says otherwise.
        var burst = section.FindValue("burst", SettingsForms.Positive);
        return policy with { Burst = Math.Max(1, burst ?? (section.Has("rate") ? policy.Rate ?? 1 : usual.Burst)) };
    }

    private static bool TryReadReply(string text, [NotNullWhen(true)] out SmtpReply? reply)
    {
        reply = text.Length >= 3 && int.TryParse(text[..3], out var code) && code is >= 400 and <= 599
            ? ReplyText.Read(code, text) : null;
        return reply is not null;
    }
}
