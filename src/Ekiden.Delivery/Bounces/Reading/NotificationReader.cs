using System.Collections.Immutable;
using System.Text;
using System.Text.Json;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;

namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>
/// Reads notifications in JSON that a sending service sends by mail: the form of Amazon SES, alone or within one of
/// SNS.
/// </summary>
internal static class NotificationReader
{
    private const int MaxLetters = 256 * 1024;
    private const int MaxDepth = 32;

    /// <summary>What the notification says; null when the mail is none.</summary>
    public static BounceReport? Read(ReturnedMail mail, ProviderPacks packs)
    {
        if (mail.Parts is not [{ MediaType: "text/plain" or "application/json" } part]) return null;
        if (!part.Body.AsSpan(0, Math.Min(256, part.Body.Length)).TrimStart().StartsWith("{")) return null;
        var text = PartText.Of(part).TrimStart();
        if (text.Length > MaxLetters) return null;
        using var document = Parse(text) ?? Parse(Unfolded(text));
        if (document is null || document.RootElement.ValueKind is not JsonValueKind.Object) return null;
        if (!TryString(document.RootElement, "Message", out var inner)) return ReadOne(document.RootElement, packs);
        using var message = Parse(inner);
        return message?.RootElement.ValueKind is JsonValueKind.Object ? ReadOne(message.RootElement, packs) : null;
    }

    private static BounceReport? ReadOne(JsonElement root, ProviderPacks packs)
    {
        if (!TryString(root, "notificationType", out var type) && !TryString(root, "eventType", out type)) return null;
        return type switch
        {
            "Bounce" when root.TryGetProperty("bounce", out var bounce) => new BounceReport(
                BounceKind.Dsn, ReadAll(bounce, "bouncedRecipients", item => ReadBounce(item, bounce, packs))),
            "Complaint" when root.TryGetProperty("complaint", out var complaint) => new BounceReport(
                BounceKind.Arf, ReadAll(complaint, "complainedRecipients", item => ReadComplaint(item, complaint))),
            "Delivery" when root.TryGetProperty("delivery", out var delivery) => new BounceReport(
                BounceKind.Dsn, ReadAll(delivery, "recipients", item => ReadDelivery(item, delivery))),
            _ => null,
        };
    }

    private static BounceResult ReadBounce(JsonElement item, JsonElement bounce, ProviderPacks packs)
    {
        var recipient = AddressOf(item);
        TryString(bounce, "bounceType", out var type);
        TryString(bounce, "bounceSubType", out var subtype);
        var isPermanent = type == "Permanent";
        TryString(item, "diagnosticCode", out var diagnostic);
        var provider = StatusReport.ProviderOf(recipient, null, packs);
        var found = Diagnostician.Read(diagnostic, new Circumstances(provider, isPermanent));
        var status = TryString(item, "status", out var text) && EnhancedStatus.TryParse(text, out var given) ? given
            : found.Status ?? new EnhancedStatus((byte)(isPermanent ? 5 : 4), 0, 0);
        var reason = found.Class is not ReplyClass.Undefined ? found.Class : subtype switch
        {
            "NoEmail" or "Suppressed" or "General" when isPermanent => ReplyClass.UserUnknown,
            "MailboxFull" => ReplyClass.MailboxFull,
            "MessageTooLarge" => ReplyClass.MesgTooBig,
            "ContentRejected" or "AttachmentRejected" => ReplyClass.ContentError,
            _ => ReplyClass.Undefined,
        };
        return new BounceResult(recipient, BounceReason.Of(reason))
        {
            Status = status,
            ReplyCode = found.Code,
            IsPermanent = status.Class == 5,
            Diagnostic = SafeText.Of(diagnostic),
        };
    }

    private static BounceResult ReadComplaint(JsonElement item, JsonElement complaint) =>
        new(AddressOf(item), BounceReason.Feedback)
        {
            FeedbackType = SafeText.Of(TryString(complaint, "complaintFeedbackType", out var type) ? type : "abuse"),
        };

    private static BounceResult ReadDelivery(JsonElement item, JsonElement delivery)
    {
        TryString(delivery, "smtpResponse", out var response);
        var reply = response.Split(' ', 3);
        EnhancedStatus? status = reply.Length > 1 && EnhancedStatus.TryParse(reply[1], out var given) ? given : null;
        return new BounceResult(AddressOf(item), BounceReason.Delivered)
        {
            Status = status,
            ReplyCode = int.TryParse(reply[0], out var code) && code is >= 200 and < 300 ? code : null,
            Diagnostic = SafeText.Of(response),
        };
    }

    private static ImmutableArray<BounceResult> ReadAll(
        JsonElement parent, string name, Func<JsonElement, BounceResult> read) =>
        parent.TryGetProperty(name, out var list) && list.ValueKind is JsonValueKind.Array
            ? [.. list.EnumerateArray().Take(1000).Select(read)] : [];

    private static string? AddressOf(JsonElement item) =>
        item.ValueKind is JsonValueKind.String ? AddressScanner.First(item.GetString()!) // it is a string
        : item.ValueKind is JsonValueKind.Object && TryString(item, "emailAddress", out var address)
            ? AddressScanner.First(address) : null;

    private static bool TryString(JsonElement element, string name, out string value)
    {
        value = "";
        if (element.ValueKind is not JsonValueKind.Object || !element.TryGetProperty(name, out var found)
            || found.ValueKind is not JsonValueKind.String)
        {
            return false;
        }
        value = found.GetString()!; // it is a string
        return true;
    }

    // What follows the value, such as a footer, is not looked at.
    private static JsonDocument? Parse(string text)
    {
        try
        {
            var reader = new Utf8JsonReader(
                Encoding.UTF8.GetBytes(text), new JsonReaderOptions { MaxDepth = MaxDepth });
            return JsonDocument.TryParseValue(ref reader, out var document) ? document : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    // Servers that break long lines put ! before the break.
    private static string Unfolded(string text) => text.Replace("!\n ", "", StringComparison.Ordinal)
        .Replace("\n", "", StringComparison.Ordinal);
}
