using Ekiden.Contracts;
using Ekiden.Mail;

namespace Ekiden.Server.Api.Sending;

/// <summary>
/// The header fields by which a recipient can say no: RFC 2369, RFC 8058 (one click), RFC 2919 (the list's name).
/// </summary>
internal static class UnsubscribeReader
{
    public static IEnumerable<(string Name, string Value)> Read(ApiUnsubscribe? unsubscribe, FieldErrors errors)
    {
        if (unsubscribe is null) yield break;
        var ways = new List<string>();
        if (unsubscribe.Mode is not (null or "url" or "none"))
        {
            errors.Add("/unsubscribe/mode", unsubscribe.Mode == "hosted"
                ? "There is no [links] host for a page of ours"
                : "hosted, url or none");
        }
        if (unsubscribe.Mode == "none") yield break;
        if (unsubscribe.Url is { } url)
        {
            if (IsLink(url)) ways.Add($"<{url}>");
            else errors.Add("/unsubscribe/url", "Not an https address");
        }
        if (unsubscribe.Mailto is { } mailto)
        {
            if (Mailbox.TryParse(mailto, out var address)) ways.Add($"<mailto:{address.ToQuotedString()}>");
            else errors.Add("/unsubscribe/mailto", "invalid_address", "Not one mail address");
        }
        if (ways.Count > 0) yield return ("List-Unsubscribe", string.Join(", ", ways));
        if (unsubscribe.Url is not null) yield return ("List-Unsubscribe-Post", "List-Unsubscribe=One-Click");
        if (unsubscribe.ListId is not { } list) yield break;
        if (IsListId(list)) yield return ("List-Id", $"<{list}>");
        else errors.Add("/unsubscribe/list_id", "Letters, digits, dots and hyphens");
    }

    private static bool IsLink(string text) =>
        text.Length <= 900 && text.All(letter => letter is > ' ' and <= '~' and not ('<' or '>'))
        && Uri.TryCreate(text, UriKind.Absolute, out var url) && url.Scheme == Uri.UriSchemeHttps;

    private static bool IsListId(string text) =>
        text.Length is > 0 and <= 255
        && text.All(letter => char.IsAsciiLetterOrDigit(letter) || letter is '.' or '-' or '_');
}
