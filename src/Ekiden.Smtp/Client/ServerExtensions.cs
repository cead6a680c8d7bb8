using System.Globalization;
using System.Text;

namespace Ekiden.Smtp.Client;

/// <summary>What a server announced in its last EHLO reply: RFC 5321 §4.1.1.1. Unknown keywords are ignored.</summary>
public sealed record ServerExtensions
{
    /// <summary>A server that knows only HELO.</summary>
    public static ServerExtensions None { get; } = new();

    /// <summary>PIPELINING: RFC 2920.</summary>
    public bool Pipelining { get; private init; }

    /// <summary>8BITMIME: RFC 6152.</summary>
    public bool EightBitMime { get; private init; }

    /// <summary>SMTPUTF8: RFC 6531.</summary>
    public bool SmtpUtf8 { get; private init; }

    /// <summary>DSN: RFC 3461.</summary>
    public bool Dsn { get; private init; }

    /// <summary>SIZE: RFC 1870.</summary>
    public bool Size { get; private init; }

    /// <summary>Largest message in bytes; null when the server names none.</summary>
    public long? SizeLimit { get; private init; }

    /// <summary>STARTTLS: RFC 3207. Counts only before TLS.</summary>
    public bool StartTls { get; private init; }

    /// <summary>REQUIRETLS: RFC 8689.</summary>
    public bool RequireTls { get; private init; }

    /// <summary>SASL mechanisms in upper case: RFC 4954.</summary>
    public IReadOnlyList<string> SignInMechanisms { get; private init; } = [];

    /// <summary>LIMITS MAILMAX: transactions that one connection may carry; null without a limit. RFC 9422.</summary>
    public int? MaxTransactions { get; private init; }

    /// <summary>LIMITS RCPTMAX: recipients that one transaction may have; null without a limit. RFC 9422.</summary>
    public int? MaxRecipients { get; private init; }

    /// <summary>LIMITS RCPTDOMAINMAX: domains that one transaction may go to; null without a limit. RFC 9422.</summary>
    public int? MaxRecipientDomains { get; private init; }

    /// <summary>Reads the text of an EHLO reply; its first line is a greeting.</summary>
    internal static ServerExtensions Parse(ReadOnlySpan<byte> text)
    {
        var found = None;
        var lines = Encoding.UTF8.GetString(text).Split('\n');
        foreach (var line in lines.AsSpan(1))
        {
            var words = line.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
            if (words.Length > 0) found = found.With(words[0].ToUpperInvariant(), words[1..]);
        }
        return found;
    }

    private ServerExtensions With(string keyword, string[] parameters) => keyword switch
    {
        "PIPELINING" => this with { Pipelining = true },
        "8BITMIME" => this with { EightBitMime = true },
        "SMTPUTF8" => this with { SmtpUtf8 = true },
        "DSN" => this with { Dsn = true },
        "SIZE" => this with { Size = true, SizeLimit = Limit(parameters) },
        "STARTTLS" => this with { StartTls = true },
        "REQUIRETLS" => this with { RequireTls = true },
        "AUTH" => this with { SignInMechanisms = [.. parameters.Select(word => word.ToUpperInvariant())] },
        "LIMITS" => WithLimits(parameters),
        _ => this,
    };

    // RFC 1870 §3: 0, or no number, is no fixed limit.
    private static long? Limit(string[] parameters) =>
        parameters.Length > 0
        && long.TryParse(parameters[0], NumberStyles.None, CultureInfo.InvariantCulture, out var bytes) && bytes > 0
            ? bytes
            : null;

    private ServerExtensions WithLimits(string[] parameters)
    {
        var found = this;
        foreach (var parameter in parameters)
        {
            var parts = parameter.ToUpperInvariant().Split('=');
            if (parts.Length != 2) continue;
            if (!int.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var most)) continue;
            if (most < 1) continue;
            found = parts[0] switch
            {
                "MAILMAX" => found with { MaxTransactions = most },
                "RCPTMAX" => found with { MaxRecipients = most },
                "RCPTDOMAINMAX" => found with { MaxRecipientDomains = most },
                _ => found,
            };
        }
        return found;
    }
}
