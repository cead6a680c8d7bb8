using System.Collections.Immutable;
using Ekiden.Mail;
using Ekiden.Toml;

namespace Ekiden.Server.Settings;

/// <summary><c>[local]</c>: the domains that inbound listeners take mail for.</summary>
public sealed record LocalSettings
{
    /// <summary><c>domains</c>, lower-case A-labels.</summary>
    public ImmutableHashSet<string> Domains { get; init; } = [];

    /// <summary>
    /// <c>recipients</c>: whole addresses, or local parts that every local domain has; compared without regard to case.
    /// Postmaster is always there: RFC 5321 §4.5.1.
    /// </summary>
    public ImmutableHashSet<string> Recipients { get; init; } = [];

    /// <summary>The address is one that inbound listeners take mail for.</summary>
    public bool Has(Mailbox mailbox) => Domains.Contains(mailbox.Domain)
        && (mailbox.LocalPart.Equals("postmaster", StringComparison.OrdinalIgnoreCase)
            || Recipients.Contains(mailbox.LocalPart) || Recipients.Contains($"{mailbox.LocalPart}@{mailbox.Domain}"));

    internal static LocalSettings Read(SettingsSection section)
    {
        var settings = new LocalSettings
        {
            Domains = [.. section.List("domains", SettingsForms.Domain)],
            Recipients = section
                .List("recipients", SettingsForms.OfText<string>("an address, or the part before the @", TryRecipient))
                .ToImmutableHashSet(StringComparer.OrdinalIgnoreCase),
        };
        section.Finish();
        if (settings.Domains.IsEmpty && section.Has("recipients"))
            section.Warn("recipients", "has no effect without [local] domains");
        return settings;
    }

    private static bool TryRecipient(
        string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out string? recipient)
    {
        var isWhole = text.Contains('@', StringComparison.Ordinal);
        recipient = Mailbox.TryParse(isWhole ? text : text + "@local.invalid", out var mailbox)
            ? isWhole ? $"{mailbox.LocalPart}@{mailbox.Domain}" : mailbox.LocalPart
            : null;
        return recipient is not null;
    }
}
