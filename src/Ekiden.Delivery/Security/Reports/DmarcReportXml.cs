using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Xml;
using System.Xml.Linq;
using Ekiden.Mail;

namespace Ekiden.Delivery.Security.Reports;

/// <summary>
/// Reads DMARC aggregate reports: RFC 9990 §3. Names of elements count without their namespace, since reporters write
/// several; what is read is made safe to show.
/// </summary>
public static class DmarcReportXml
{
    private const int MaxRows = 100_000;
    private const int MaxDepth = 32;

    // No DTD at all, so no entities, inside or outside; nothing is fetched.
    private static readonly XmlReaderSettings Settings = new()
    {
        DtdProcessing = DtdProcessing.Prohibit,
        XmlResolver = null,
        MaxCharactersInDocument = ReportFile.MaxText,
        IgnoreComments = true,
        IgnoreProcessingInstructions = true,
    };

    /// <summary>Reads a report; elements that are not known are ignored.</summary>
    /// <param name="xml">The text, from <see cref="ReportFile.TryOpen"/>.</param>
    /// <param name="report">What it says.</param>
    /// <param name="why">In a few words why it is none.</param>
    public static bool TryParse(
        byte[] xml, [NotNullWhen(true)] out DmarcReport? report, [NotNullWhen(false)] out string? why)
    {
        report = null;
        try
        {
            if (IsTooDeep(xml))
            {
                why = "elements stand too deep in each other";
                return false;
            }
            using var reader = XmlReader.Create(new MemoryStream(xml, writable: false), Settings);
            report = XDocument.Load(reader).Root is { } root ? Read(root) : null;
            why = report is null ? "no DMARC report: metadata or policy is missing" : null;
            return report is not null;
        }
        catch (XmlException)
        {
            why = "not XML, or XML with a DTD"; // a peer's bytes
            return false;
        }
    }

    private static bool IsTooDeep(byte[] xml)
    {
        using var reader = XmlReader.Create(new MemoryStream(xml, writable: false), Settings);
        while (reader.Read())
            if (reader.Depth > MaxDepth) return true;
        return false;
    }

    private static DmarcReport? Read(XElement root)
    {
        if (Child(root, "report_metadata") is not { } metadata || Child(root, "policy_published") is not { } policy
            || Text(metadata, "report_id") is not { Length: > 0 } id || Text(policy, "domain") is not { } domain
            || Child(metadata, "date_range") is not { } range
            || Time(range, "begin") is not { } start || Time(range, "end") is not { } end)
        {
            return null;
        }
        return new DmarcReport
        {
            Organization = Text(metadata, "org_name"),
            Email = Text(metadata, "email"),
            Id = id,
            Start = start,
            End = end,
            Domain = domain.ToLowerInvariant(),
            Policy = Word(policy, "p"),
            SubdomainPolicy = Word(policy, "sp"),
            Rows = [.. Children(root, "record").Take(MaxRows).Select(ReadRow).OfType<DmarcRow>()],
        };
    }

    private static DmarcRow? ReadRow(XElement record)
    {
        if (Child(record, "row") is not { } row || Text(row, "source_ip") is not { } source) return null;
        var evaluated = Child(row, "policy_evaluated");
        // the older form writes "identities"
        var identifiers = Child(record, "identifiers") ?? Child(record, "identities");
        return new DmarcRow
        {
            SourceAddress = source,
            Messages = long.TryParse(
                Text(row, "count"), NumberStyles.None, CultureInfo.InvariantCulture, out var count) ? count : 0,
            Disposition = Word(evaluated, "disposition"),
            Dkim = Word(evaluated, "dkim"),
            Spf = Word(evaluated, "spf"),
            Reasons = [.. Children(evaluated, "reason").Select(reason => Word(reason, "type")).OfType<string>()],
            HeaderFrom = Word(identifiers, "header_from"),
            EnvelopeFrom = Word(identifiers, "envelope_from"),
            Checks =
            [
                .. Children(record, "auth_results").SelectMany(results => results.Elements())
                    .Where(check => check.Name.LocalName is "dkim" or "spf").Select(ReadCheck),
            ],
        };
    }

    private static DmarcCheck ReadCheck(XElement check) => new(
        check.Name.LocalName, Word(check, "domain"), Text(check, "selector"), Word(check, "result"));

    private static IEnumerable<XElement> Children(XElement? parent, string name) =>
        parent?.Elements().Where(element => element.Name.LocalName == name) ?? [];

    private static XElement? Child(XElement? parent, string name) => Children(parent, name).FirstOrDefault();

    private static string? Text(XElement? parent, string name) =>
        Child(parent, name)?.Value.Trim() is { Length: > 0 } text ? SafeText.Of(text) : null;

    private static string? Word(XElement? parent, string name) => Text(parent, name)?.ToLowerInvariant();

    private static DateTimeOffset? Time(XElement parent, string name) =>
        long.TryParse(Text(parent, name), NumberStyles.None, CultureInfo.InvariantCulture, out var seconds)
            && seconds <= DateTimeOffset.MaxValue.ToUnixTimeSeconds()
            ? DateTimeOffset.FromUnixTimeSeconds(seconds)
            : null;
}
