using System.Text;
using System.Text.RegularExpressions;
using MimeKit.Text;

namespace Ekiden.Submission.Composition;

/// <summary>
/// The plain text beside an HTML body that came without one: what a reader would see, links with their address behind.
/// </summary>
public static partial class PlainTextOfHtml
{
    /// <summary>Lines of text; empty when the HTML shows none.</summary>
    public static string Make(string html)
    {
        var text = new StringBuilder(html.Length / 2);
        var reader = new HtmlTokenizer(new StringReader(html)) { DecodeCharacterReferences = true };
        var (hidden, link) = (0, (string?)null);
        while (reader.ReadNextToken(out var token))
        {
            switch (token)
            {
                case HtmlTagToken { Id: HtmlTagId.Style or HtmlTagId.Script or HtmlTagId.Head or HtmlTagId.Title } tag:
                    if (!tag.IsEmptyElement) hidden = Math.Max(0, hidden + (tag.IsEndTag ? -1 : 1));
                    break;
                case HtmlTagToken { Id: HtmlTagId.A } anchor when hidden == 0:
                    if (anchor.IsEndTag && link is not null) text.Append(" <").Append(link).Append('>');
                    link = anchor.IsEndTag ? null : AddressOf(anchor);
                    break;
                case HtmlTagToken tag when hidden == 0:
                    Break(text, tag);
                    break;
                case HtmlScriptDataToken:
                    break;
                case HtmlDataToken data when hidden == 0:
                    text.Append(Blanks().Replace(data.Data, " "));
                    break;
            }
        }
        return ManyLines().Replace(BlanksAtLineEnds().Replace(text.ToString(), "\n"), "\n\n").Trim();
    }

    private static string? AddressOf(HtmlTagToken anchor)
    {
        foreach (var attribute in anchor.Attributes)
        {
            if (attribute.Id == HtmlAttributeId.Href
                && attribute.Value?.StartsWith("http", StringComparison.OrdinalIgnoreCase) == true)
            {
                return attribute.Value;
            }
        }
        return null;
    }

    private static void Break(StringBuilder text, HtmlTagToken tag)
    {
        switch (tag.Id)
        {
            case HtmlTagId.Br or HtmlTagId.TR or HtmlTagId.Div:
                text.Append('\n');
                break;
            case HtmlTagId.LI when !tag.IsEndTag:
                text.Append("\n- ");
                break;
            case HtmlTagId.P or HtmlTagId.H1 or HtmlTagId.H2 or HtmlTagId.H3 or HtmlTagId.H4 or HtmlTagId.Table
                or HtmlTagId.UL or HtmlTagId.OL or HtmlTagId.BlockQuote:
                text.Append("\n\n");
                break;
            case HtmlTagId.TD or HtmlTagId.TH when tag.IsEndTag:
                text.Append(' ');
                break;
        }
    }

    [GeneratedRegex(@"\s+", RegexOptions.None, 1000)]
    private static partial Regex Blanks();

    [GeneratedRegex(@"[ \t]*\n[ \t]*", RegexOptions.None, 1000)]
    private static partial Regex BlanksAtLineEnds();

    [GeneratedRegex(@"\n{3,}", RegexOptions.None, 1000)]
    private static partial Regex ManyLines();
}
