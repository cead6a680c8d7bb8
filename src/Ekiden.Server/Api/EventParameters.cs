using System.Collections.Frozen;
using System.Collections.Immutable;
using System.Globalization;
using Ekiden.Events;
using Ekiden.Mail;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api;

/// <summary>
/// Reads which events somebody asks for from a query string; unknown and repeated parameters are wrong.
/// </summary>
internal static class EventParameters
{
    private const int LargestPage = 1000;
    private const string MetadataPrefix = "metadata.";

    private static readonly FrozenSet<string> Names = FrozenSet.Create(
        StringComparer.Ordinal,
        "type", "recipient", "recipient_domain", "provider", "message_id", "batch_id", "tag", "stream", "smtp_code",
        "reason", "from", "to", "cursor", "limit", "order", "account");

    /// <summary>The query, or the name of the parameter that cannot be read.</summary>
    /// <param name="query">The parameters.</param>
    /// <param name="caller">Sees the events of its account; the operator those of all, or of the one it names.</param>
    public static (EventQuery? Query, string Wrong) Read(IQueryCollection query, ApiCaller caller)
    {
        foreach (var (name, values) in query)
        {
            var isMetadata = name.StartsWith(MetadataPrefix, StringComparison.Ordinal);
            if ((!isMetadata && !Names.Contains(name)) || (values.Count != 1 && name != "type")) return (null, name);
        }
        var result = new EventQuery { Account = AccountOf(query, caller) };
        if (ReadWho(query, ref result) is { } who) return (null, who);
        if (ReadWhat(query, ref result) is { } what) return (null, what);
        return ReadPage(query, ref result) is { } page ? (null, page) : (result, "");
    }

    // A key's own account, whatever it asks for: what is another's is not there (K-R5).
    private static string? AccountOf(IQueryCollection query, ApiCaller caller) =>
        caller.IsAdmin ? Value(query, "account") ?? caller.Account : caller.Account ?? "";

    private static string? ReadWho(IQueryCollection query, ref EventQuery result)
    {
        if (Value(query, "recipient") is { } recipient)
        {
            if (!Mailbox.TryParse(recipient, out var mailbox)) return "recipient";
            result = result with { Recipient = mailbox };
        }
        if (Value(query, "recipient_domain") is { } domain)
        {
            if (!DomainName.TryNormalize(domain, out var name)) return "recipient_domain";
            result = result with { RecipientDomain = name };
        }
        if (Value(query, "message_id") is { } message)
        {
            if (!MessageId.TryParse(message, out var id)) return "message_id";
            result = result with { Message = id };
        }
        result = result with
        {
            Provider = Value(query, "provider"),
            Batch = Value(query, "batch_id"),
            Tag = Value(query, "tag"),
            Stream = Value(query, "stream"),
        };
        return null;
    }

    private static string? ReadWhat(IQueryCollection query, ref EventQuery result)
    {
        var types = ImmutableArray.CreateBuilder<EventType>();
        foreach (var word in query["type"].SelectMany(value => (value ?? "").Split(',')))
        {
            if (!EventTypes.TryParse(word, out var type)) return "type";
            types.Add(type);
        }
        if (Value(query, "smtp_code") is { } text)
        {
            if (!int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var code)) return "smtp_code";
            result = result with { ReplyCode = code };
        }
        foreach (var (name, values) in query)
        {
            if (!name.StartsWith(MetadataPrefix, StringComparison.Ordinal)) continue;
            if (result.Metadata is not null) return name;
            result = result with { Metadata = (name[MetadataPrefix.Length..], values.ToString()) };
        }
        result = result with { Types = types.DrainToImmutable(), Reason = Value(query, "reason") };
        return null;
    }

    private static string? ReadPage(IQueryCollection query, ref EventQuery result)
    {
        if (!TryTime(Value(query, "from"), out var from)) return "from";
        if (!TryTime(Value(query, "to"), out var until)) return "to";
        if (Value(query, "order") is { } order)
        {
            if (order is not ("asc" or "desc")) return "order";
            result = result with { OldestFirst = order == "asc" };
        }
        if (Value(query, "cursor") is { } cursor)
        {
            if (!EventId.TryParse(cursor, out var last)) return "cursor";
            result = result with { After = last.Sequence };
        }
        if (Value(query, "limit") is { } text)
        {
            var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out var limit);
            if (!isNumber || limit is < 1 or > LargestPage) return "limit";
            result = result with { Limit = limit };
        }
        result = result with { From = from, Until = until };
        return null;
    }

    private static bool TryTime(string? text, out DateTimeOffset? time)
    {
        time = null;
        if (text is null) return true;
        if (!DateTimeOffset.TryParse(
            text, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var read))
        {
            return false;
        }
        time = read;
        return true;
    }

    private static string? Value(IQueryCollection query, string name) =>
        query[name].ToString() is { Length: > 0 } text ? text : null;
}
