using System.Collections.Immutable;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using Ekiden.MailAuth;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Spf;

namespace Ekiden.Verify;

/// <summary>The JSON of the <c>verify</c> commands: DESIGN §9.1.</summary>
internal static class VerifyJson
{
    /// <summary>A result as the field writes it: in lower case.</summary>
    public static string Word<T>(T result) where T : struct, Enum => result.ToString().ToLowerInvariant();

    /// <summary>One object on one line.</summary>
    public static string Write(Action<Utf8JsonWriter> members)
    {
        using var buffer = new MemoryStream();
        using (var json = new Utf8JsonWriter(
            buffer, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            members(json);
            json.WriteEndObject();
        }
        return Encoding.UTF8.GetString(buffer.ToArray());
    }

    public static void WriteSpf(Utf8JsonWriter json, SpfVerdict verdict)
    {
        json.WriteString("result", Word(verdict.Result));
        json.WriteString("explanation", verdict.Explanation);
    }

    public static void WriteDkim(Utf8JsonWriter json, ImmutableArray<DkimVerdict> verdicts)
    {
        json.WriteStartArray("signatures");
        foreach (var verdict in verdicts)
        {
            json.WriteStartObject();
            json.WriteString("domain", verdict.Domain);
            json.WriteString("selector", verdict.Selector);
            json.WriteString("result", Word(verdict.Result));
            json.WriteString("why", verdict.Why);
            json.WriteEndObject();
        }
        json.WriteEndArray();
    }

    public static void WriteArc(Utf8JsonWriter json, ArcVerdict verdict)
    {
        json.WriteString("cv", Word(verdict.Result));
        json.WriteString("why", verdict.Why);
    }

    /// <summary>
    /// All of the above: the members of each as its own command prints them (those of SPF only when it was checked),
    /// and once more under their names, so that nobody has to know which member belongs to what.
    /// </summary>
    public static void Write(Utf8JsonWriter json, AuthenticationFindings findings)
    {
        var (arc, dmarc) = (findings.Arc!, findings.Dmarc!); // VerifyWorld gives all but SPF
        if (findings.Spf is { } spf)
        {
            WriteSpf(json, spf);
            WriteNamed(json, "spf", () => WriteSpf(json, spf));
        }
        WriteDkim(json, findings.Dkim);
        WriteNamed(json, "dkim", () => WriteDkim(json, findings.Dkim));
        WriteArc(json, arc);
        WriteNamed(json, "arc", () => WriteArc(json, arc));
        WriteNamed(json, "dmarc", () =>
        {
            json.WriteString("result", Word(dmarc.Result));
            json.WriteString("disposition", Word(dmarc.Disposition));
            json.WriteString("org_domain", dmarc.OrganizationalDomain);
        });
    }

    private static void WriteNamed(Utf8JsonWriter json, string name, Action members)
    {
        json.WriteStartObject(name);
        members();
        json.WriteEndObject();
    }

    /// <summary>A file that cannot be read: RFC 9457.</summary>
    public static void WriteProblem(Utf8JsonWriter json, Exception trouble)
    {
        json.WriteString("type", "about:blank");
        json.WriteString("title", "The message cannot be read");
        json.WriteString("detail", trouble.Message);
    }
}
