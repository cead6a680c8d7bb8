using System.Globalization;
using System.Text;

namespace Ekiden.Testing;

/// <summary>
/// A conversation with an SMTP session, written down: <c>C:</c> a line the client sends, <c>S:</c> the reply it must
/// get.
/// </summary>
/// <remarks>
/// <list type="bullet">
/// <item><c>C: text</c> sends text and CRLF. Lines that follow one another leave in one segment.</item>
/// <item><c>S: pattern</c> is matched against the first line of the next reply, with a blank behind the code;
/// <c>*</c> at its end stands for anything. <c>S: closed</c> is the end of the connection, <c>S: nothing</c>
/// silence.</item>
/// <item><c>S+ text</c>: the reply just read holds this line. <c>S! text</c>: it does not.</item>
/// <item><c>T: seconds</c> moves the clock. <c>#</c> begins a comment.</item>
/// <item><c>STARTTLS</c> and <c>AUTH</c> alone on a line do what is needed for these, with the right
/// credentials.</item>
/// </list>
/// In a client's line <c>\r</c>, <c>\n</c>, <c>\0</c> and <c>\\</c> stand for these bytes; <c>\-</c> at its end leaves
/// the CRLF away.
/// </remarks>
public static class Dialogue
{
    /// <summary>Plays the conversation with a session for a host called <c>mx.example</c>.</summary>
    public static Task RunAsync(string script, DialogueOptions? options = null) =>
        // Everything runs inline in there: no test framework's synchronisation context may interfere.
        Task.Run(() => PlayAsync(script, options ?? new DialogueOptions()));

    private static async Task PlayAsync(string script, DialogueOptions options)
    {
        var session = await DialogueSession.StartAsync(options);
        await using (session)
        {
            var pending = new StringBuilder();
            string? reply = null;
            var number = 0;
            foreach (var raw in script.Split('\n'))
            {
                number++;
                var line = raw.TrimEnd('\r').Trim();
                if (line.Length == 0 || line[0] == '#') continue;
                if (line.StartsWith("C:", StringComparison.Ordinal))
                {
                    pending.Append(Unescape(line.Length > 3 ? line[3..] : ""));
                    continue;
                }
                if (pending.Length > 0) await session.SendAsync(pending.ToString());
                pending.Clear();
                reply = await PlayLineAsync(session, line, reply, number);
            }
        }
    }

    private static async Task<string?> PlayLineAsync(DialogueSession session, string line, string? reply, int number)
    {
        var argument = line.Length > 3 ? line[3..] : "";
        switch (line)
        {
            case "STARTTLS":
                await AskAsync(session, "STARTTLS", "220");
                await AskAsync(session, "EHLO client.example", "250");
                return reply;
            case "AUTH":
                var secret = $"\0{FakeMailReceiver.User}\0{FakeMailReceiver.Password}";
                await AskAsync(session, $"AUTH PLAIN {Convert.ToBase64String(Encoding.UTF8.GetBytes(secret))}", "235");
                return reply;
        }
        switch (line[..2])
        {
            case "S:":
                return Expect(session, argument, number);
            case "S+" when !Lines(reply).Contains(argument):
                throw Wrong(number, $"a line '{argument}'", reply);
            case "S!" when Lines(reply).Any(text => text.StartsWith(argument, StringComparison.Ordinal)):
                throw Wrong(number, $"no line '{argument}'", reply);
            case "T:":
                session.Clock.Advance(TimeSpan.FromSeconds(double.Parse(argument, CultureInfo.InvariantCulture)));
                return reply;
            case "S+" or "S!":
                return reply;
            default:
                throw new ArgumentException($"Line {number} is not understood: {line}", nameof(line));
        }
    }

    private static string? Expect(DialogueSession session, string pattern, int number)
    {
        var reply = session.TryReadReply();
        switch (pattern)
        {
            case "nothing":
                return reply is null && !session.Ended.IsCompleted ? null : throw Wrong(number, "silence", reply);
            case "closed":
                return reply is null && session.Ended.IsCompleted ? null : throw Wrong(number, "the end", reply);
        }
        if (reply is null) throw Wrong(number, pattern, null);
        var first = reply.Split('\n')[0];
        if (first.Length > 3) first = $"{first[..3]} {first[4..]}";
        var isRight = pattern.EndsWith('*')
            ? first.StartsWith(pattern[..^1], StringComparison.Ordinal)
            : first == pattern;
        return isRight ? reply : throw Wrong(number, pattern, reply);
    }

    private static async Task AskAsync(DialogueSession session, string command, string code)
    {
        await session.SendAsync(command + "\r\n");
        var reply = session.TryReadReply();
        if (reply?.StartsWith(code, StringComparison.Ordinal) != true) throw Wrong(0, $"{code} to {command}", reply);
    }

    // The text of each line, without its code.
    private static IEnumerable<string> Lines(string? reply) =>
        (reply ?? "").Split('\n').Where(line => line.Length > 4).Select(line => line[4..]);

    private static string Unescape(string text)
    {
        var hasEnd = !text.EndsWith("\\-", StringComparison.Ordinal);
        var bytes = new StringBuilder(hasEnd ? text : text[..^2]);
        bytes.Replace("\\r", "\r").Replace("\\n", "\n").Replace("\\0", "\0").Replace("\\\\", "\\");
        return hasEnd ? bytes.Append("\r\n").ToString() : bytes.ToString();
    }

    private static InvalidOperationException Wrong(int line, string expected, string? reply) =>
        new($"Line {line}: expected {expected}, got {reply ?? "nothing"}");
}
