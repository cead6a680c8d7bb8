using System.IO.Compression;
using System.Text;
using System.Text.Json;
using CsCheck;
using Ekiden.Delivery.Security.Reports;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>TLS reports (RFC 8460) and DMARC aggregate reports (RFC 9990) of tests/cases/reports.</summary>
public sealed class ReportTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "cases", "reports");

    public static TheoryData<string> DmarcFiles =>
    [
        .. System.IO.Directory.EnumerateFiles(Path.Combine(Folder, "dmarc"), "*.xml")
            .Select(path => Path.GetFileName(path)),
    ];

    [Fact]
    public void A_TLS_report_is_read_and_written()
    {
        Assert.True(TlsReportJson.TryParse(ReadFile("tlsrpt", "rpt01.json"), out var report, out _));
        Assert.Equal("Company-X", report.Organization);
        Assert.Equal("5065427c-23d3-47ca-b6e0-946ea0e8c4be", report.Id);
        Assert.Equal(new DateTimeOffset(2016, 4, 1, 23, 59, 59, TimeSpan.Zero), report.End);
        var policy = Assert.Single(report.Policies);
        Assert.Equal(("sts", "company-y.example", 5326, 303),
            (policy.Type, policy.Domain, policy.Successes, policy.Failures));
        Assert.Equal(["certificate-expired", "starttls-not-supported", "validation-failure"],
            policy.Details.Select(failure => failure.Type));
        Assert.Equal(policy.Failures, policy.Details.Sum(failure => failure.Sessions));
        Assert.True(TlsReportJson.TryParse(TlsReportJson.Write(report), out var again, out _));
        Assert.Equivalent(report, again);
    }

    [Fact]
    public void A_TLS_report_of_a_mail_is_unpacked()
    {
        var mail = Encoding.ASCII.GetString(ReadFile("tlsrpt", "rpt01.eml"));
        var start = mail.IndexOf("H4sI", StringComparison.Ordinal);
        var packed = mail[start..mail.IndexOf("\n------", start, StringComparison.Ordinal)];
        Assert.True(ReportFile.TryOpen(Convert.FromBase64String(packed), out var text, out _));
        Assert.True(TlsReportJson.TryParse(text, out var report, out _));
        Assert.NotEmpty(report.Policies);
    }

    [Theory]
    [MemberData(nameof(DmarcFiles))]
    public void A_DMARC_report_says_what_another_library_reads(string file)
    {
        Assert.True(DmarcReportXml.TryParse(ReadFile("dmarc", file), out var report, out _));
        using var other = JsonDocument.Parse(ReadFile("dmarc", Path.ChangeExtension(file, "json")));
        var metadata = other.RootElement.GetProperty("report_metadata");
        Assert.Equal(metadata.GetProperty("report_id").GetString(), report.Id);
        Assert.Equal(metadata.GetProperty("org_name").GetString(), report.Organization);
        Assert.Equal(
            other.RootElement.GetProperty("policy_published").GetProperty("domain").GetString(), report.Domain);
        var records = other.RootElement.GetProperty("record").EnumerateArray().ToList();
        Assert.Equal(
            records.Select(record => record.GetProperty("row").GetProperty("count").GetInt64()),
            report.Rows.Select(row => row.Messages));
        Assert.Equal(
            records.Select(record => record.GetProperty("row").GetProperty("policy_evaluated").GetProperty("dkim")
                .GetString()!.ToLowerInvariant()),
            report.Rows.Select(row => row.Dkim ?? "unspecified"));
        Assert.Equal(
            records.Select(record => record.GetProperty("auth_results").GetProperty("dkim").GetArrayLength()),
            report.Rows.Select(row => row.Checks.Count(check => check.Method == "dkim")));
    }

    [Fact]
    public void Entities_are_never_read()
    {
        var xml = """
            <!DOCTYPE feedback [<!ENTITY x SYSTEM "file:///etc/hostname"><!ENTITY y "yyyy">]>
            <feedback><report_metadata><report_id>&x;&y;</report_id></report_metadata></feedback>
            """;
        Assert.False(DmarcReportXml.TryParse(Encoding.UTF8.GetBytes(xml), out _, out _));
    }

    [Fact]
    public void A_report_that_unpacks_to_more_than_32_MiB_is_refused()
    {
        Assert.True(ReportFile.TryOpen(Packed(ReportFile.MaxText), out _, out _));
        Assert.False(ReportFile.TryOpen(Packed(ReportFile.MaxText + 1), out _, out _));
    }

    [Fact]
    public void A_report_in_an_archive_is_unpacked()
    {
        using var file = new MemoryStream();
        using (var archive = new ZipArchive(file, ZipArchiveMode.Create, leaveOpen: true))
        using (var entry = archive.CreateEntry("report.xml").Open()) entry.Write(ReadFile("dmarc", "004.xml"));
        Assert.True(ReportFile.TryOpen(file.ToArray(), out var text, out _));
        Assert.True(DmarcReportXml.TryParse(text, out _, out _));
    }

    [Fact]
    public void No_bytes_throw() => Gen.Byte.Array.Sample(bytes =>
    {
        foreach (var head in (byte[][])[[], [0x1F, 0x8B, 8, 0], [(byte)'P', (byte)'K', 3, 4], [(byte)'<'], [(byte)'{']])
        {
            byte[] file = [.. head, .. bytes];
            if (!ReportFile.TryOpen(file, out var text, out _)) continue;
            _ = TlsReportJson.TryParse(text, out _, out _);
            _ = DmarcReportXml.TryParse(text, out _, out _);
        }
    });

    private static byte[] ReadFile(string folder, string name) => File.ReadAllBytes(Path.Combine(Folder, folder, name));

    private static byte[] Packed(int length)
    {
        using var file = new MemoryStream();
        using (var gzip = new GZipStream(file, CompressionLevel.Fastest, leaveOpen: true)) gzip.Write(new byte[length]);
        return file.ToArray();
    }
}
