using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>The fields of a delivery status notification about one recipient: RFC 3464 §2.3.</summary>
internal sealed class StatusFields
{
    private readonly Dictionary<string, string> _fields = new(StringComparer.OrdinalIgnoreCase);

    /// <summary>Fields of this name are part of a notification.</summary>
    public static bool IsKnown(ReadOnlySpan<char> name) =>
        name.Equals("Final-Recipient", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Original-Recipient", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Action", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Status", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Diagnostic-Code", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Remote-MTA", StringComparison.OrdinalIgnoreCase)
        || name.Equals("Reporting-MTA", StringComparison.OrdinalIgnoreCase);

    /// <summary>The address the mail was sent to; null when there is none.</summary>
    public string? Recipient => Address("Original-Recipient") ?? Address("Final-Recipient");

    /// <summary>Where it went in the end, if that is another address.</summary>
    public string? FinalRecipient => Address("Final-Recipient") is { } final && final != Recipient ? final : null;

    /// <summary>failed, delayed, delivered, relayed or expanded; empty when it is not told.</summary>
    public string Action => FirstWord(Get("Action"));

    /// <summary>RFC 3463; words after it are not looked at. Null when it is missing or is none.</summary>
    public EnhancedStatus? Status => EnhancedStatus.TryParse(FirstWord(Get("Status")), out var status) ? status : null;

    /// <summary>What the server or program said, with its kind before it; empty when nothing.</summary>
    public string Diagnostic => Get("Diagnostic-Code");

    /// <summary>The host that refused; null when it is not told.</summary>
    public string? RemoteHost => HostOf(Get("Remote-MTA"));

    /// <summary>Who reports; null when it is not told.</summary>
    public string? ReportingHost => HostOf(Get("Reporting-MTA"));

    /// <summary>Something about a recipient is here.</summary>
    public bool IsAboutRecipient => Has("Final-Recipient") || Has("Original-Recipient");

    /// <summary>Something about an attempt is here, whoever it was for.</summary>
    public bool IsAboutDelivery => Has("Action") || Has("Diagnostic-Code");

    /// <summary>The field is here.</summary>
    public bool Has(string name) => _fields.ContainsKey(name);

    /// <summary>Adds a field; the first of a name counts.</summary>
    public void Add(string name, string value) => _fields.TryAdd(name, value);

    private string Get(string name) => _fields.GetValueOrDefault(name, "");

    // The kind, such as rfc822, may be missing; so may be everything else but the address.
    private string? Address(string name)
    {
        var value = Get(name);
        var kind = value.IndexOf(';', StringComparison.Ordinal);
        return AddressScanner.First(kind < 0 ? value : value[(kind + 1)..]);
    }

    private static string? HostOf(string value)
    {
        var kind = value.IndexOf(';', StringComparison.Ordinal);
        var host = FirstWord(kind < 0 ? value : value[(kind + 1)..]).Trim('<', '>', '(', ')', '.').ToLowerInvariant();
        return host.Length is 0 or > 255 ? null : host;
    }

    private static string FirstWord(string value)
    {
        var words = value.AsSpan().Trim();
        var end = words.IndexOfAny(' ', '\t', '(');
        return (end < 0 ? words : words[..end]).ToString();
    }
}
