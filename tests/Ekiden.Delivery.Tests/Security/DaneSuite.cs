using System.Globalization;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using Ekiden.Dns;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>One block of tests/cases/dane-openssl: records, a chain, and what OpenSSL said.</summary>
/// <param name="Name">File and line, for the report.</param>
/// <param name="Records">The TLSA records.</param>
/// <param name="Chain">The chain, leaf first.</param>
/// <param name="SkipsNames">OpenSSL did not look at the name where usage 3 matched.</param>
/// <param name="Result">0 accepted; otherwise OpenSSL's number of the error.</param>
/// <param name="Depth">Of the certificate that matched; -1 none.</param>
internal sealed record DaneBlock(
    string Name, IReadOnlyList<TlsaRecord> Records, IReadOnlyList<X509Certificate2> Chain, bool SkipsNames, int Result,
    int Depth)
{
    public static IEnumerable<DaneBlock> ReadAll()
    {
        var folder = Path.Combine(AppContext.BaseDirectory, "cases", "dane-openssl");
        foreach (var path in System.IO.Directory.EnumerateFiles(folder, "*.in").Order(StringComparer.Ordinal))
        {
            var lines = new Lines(Path.GetFileName(path), File.ReadAllLines(path));
            while (lines.Next() is { } head) yield return Read(head, lines);
        }
    }

    private static DaneBlock Read(string head, Lines lines)
    {
        var name = lines.Place;
        var numbers = head.Split(' ', StringSplitOptions.RemoveEmptyEntries)
            .Select(word => int.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        var records = new List<TlsaRecord>();
        for (var i = 0; i < numbers[0]; i++) records.Add(ReadRecord(lines.Next()!));
        var chain = new List<X509Certificate2>();
        for (var i = 0; i < numbers[1]; i++) chain.Add(lines.Certificate());
        return new DaneBlock(name, records, chain, numbers[2] != 0, numbers[3], numbers[4]);
    }

    private static TlsaRecord ReadRecord(string line)
    {
        var words = line.Split(' ', 4);
        var numbers = words.Take(3).Select(word => byte.Parse(word, CultureInfo.InvariantCulture)).ToArray();
        return new TlsaRecord(
            numbers[0], numbers[1], numbers[2],
            [.. Convert.FromHexString(words[3].Replace(" ", "", StringComparison.Ordinal))]);
    }

    private sealed class Lines(string file, string[] lines)
    {
        private int _next;

        public string Place => $"{file}:{_next}";

        /// <summary>The next line of numbers; texts beside certificates and comments are not.</summary>
        public string? Next()
        {
            while (_next < lines.Length)
            {
                var line = lines[_next++].Trim();
                if (line.Length > 0 && char.IsAsciiDigit(line[0])) return line;
            }
            return null;
        }

        public X509Certificate2 Certificate()
        {
            while (!lines[_next].StartsWith("-----BEGIN", StringComparison.Ordinal)) _next++;
            var text = new StringBuilder();
            do text.Append(lines[_next]).Append('\n');
            while (!lines[_next++].StartsWith("-----END", StringComparison.Ordinal));
            return X509Certificate2.CreateFromPem(text.ToString());
        }
    }
}
