using System.Globalization;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace Ekiden.EndToEnd.Tests.Vectors;

/// <summary>One line of <c>tests/cases/vectors.jsonl</c>.</summary>
public sealed record Vector(string Id, JsonElement Json)
{
    /// <summary>The message limit that the templates count with: the server's default.</summary>
    public const int MaximumMessage = 25 * 1024 * 1024;

    private const string Smuggled =
        "MAIL FROM:<evil@a.test>\r\nRCPT TO:<v@sink.test>\r\nDATA\r\nFrom: <evil@a.test>\r\n\r\nsmuggled\r\n.\r\n";

    /// <summary>The field that every test message begins with.</summary>
    public const string Header = "From: <s@a.test>\r\nSubject: t\r\n\r\n";

    /// <summary>All of them, in the order of the file.</summary>
    public static IReadOnlyList<Vector> All { get; } = ReadAll();

    /// <summary>Null for a conversation.</summary>
    public string? Kind => Json.TryGetProperty("kind", out var kind) ? kind.GetString() : null;

    /// <summary><c>sub</c>, <c>mx</c> or <c>relay</c>.</summary>
    public string Listener => Text("l");

    /// <summary>The state before sending.</summary>
    public string Pre => Text("pre");

    /// <summary>What is sent, with its templates.</summary>
    public string Send => Text("send");

    /// <summary>End of file must follow.</summary>
    public bool Closes => Json.TryGetProperty("close", out var close) && close.GetBoolean();

    /// <summary>Messages in spool and sink afterwards.</summary>
    public int Messages => Json.GetProperty("msgs").GetInt32();

    /// <summary>A pattern for every reply.</summary>
    public IEnumerable<string> Replies =>
        Json.GetProperty("expect").EnumerateArray().Select(one => one.GetString()!).SelectMany(Repeat);

    /// <summary>The vector of this id.</summary>
    public static Vector Of(string id) => All.Single(vector => vector.Id == id);

    /// <summary>A text field.</summary>
    public string Text(string field) => Json.GetProperty(field).GetString()!;

    /// <summary>The bytes to send as text, templates expanded.</summary>
    /// <param name="rightCredential">For <c>${GOODCRED}</c>.</param>
    /// <param name="ownName">For <c>${OURID}</c>.</param>
    public string Expand(string rightCredential, string ownName)
    {
        var text = Send.Replace("${H}", Header, StringComparison.Ordinal)
            .Replace("${P}", Smuggled, StringComparison.Ordinal)
            .Replace("${OURID}", ownName, StringComparison.Ordinal)
            .Replace("${GOODCRED}", rightCredential, StringComparison.Ordinal)
            .Replace("${BADCRED}", Convert.ToBase64String("\0nobody\0wrong"u8), StringComparison.Ordinal);
        return Regex.Replace(
            text, @"\$\{(REP|REPLINE|REPCMD|FILL):([^}]*?)(?::(\d+))?\}", Repetition, RegexOptions.None,
                TimeSpan.FromSeconds(5));
    }

    private static string Repetition(Match match)
    {
        const string Line = "A line of ordinary text, as people write it.\r\n";
        var piece = match.Groups[2].Value;
        if (match.Groups[1].Value == "FILL")
            return string.Concat(Enumerable.Repeat(Line, (MaximumMessage / Line.Length) + 1))[..(MaximumMessage + 1)];
        var count = int.Parse(match.Groups[3].Value, CultureInfo.InvariantCulture);
        return string.Concat(Enumerable.Range(1, count).Select(number => match.Groups[1].Value switch
        {
            "REP" => piece,
            "REPLINE" => piece + "\r\n",
            _ => piece.Replace("%d", number.ToString(CultureInfo.InvariantCulture), StringComparison.Ordinal) + "\r\n",
        }));
    }

    private static IEnumerable<string> Repeat(string pattern)
    {
        var many = Regex.Match(pattern, @"^(\d+)\*(.*)$", RegexOptions.None, TimeSpan.FromSeconds(1));
        return many.Success
            ? Enumerable.Repeat(many.Groups[2].Value, int.Parse(many.Groups[1].Value, CultureInfo.InvariantCulture))
            : [pattern];
    }

    private static List<Vector> ReadAll()
    {
        var vectors = new List<Vector>();
        foreach (var line in File.ReadLines(Path.Combine(AppContext.BaseDirectory, "cases", "vectors.jsonl")))
        {
            using var json = JsonDocument.Parse(line);
            vectors.Add(new Vector(json.RootElement.GetProperty("id").GetString()!, json.RootElement.Clone()));
        }
        return vectors;
    }
}
