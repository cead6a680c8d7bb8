using System.Text;

namespace Ekiden.MailAuth.Tests.Interop;

/// <summary>Letters as people and programs send them, each unlike the others; the same for the same number.</summary>
internal static class VariedLetters
{
    private static readonly string[] Bodies =
    [
        "", "\r\n", "\r\n\r\n\r\n", "Hello\r\n", "Hello", "trailing blanks \t \r\n\r\n", " \r\n\t\r\n", "a  b\tc\r\n",
        ".\r\n..\r\n.dots\r\n", "こんにちは。\r\n日本語の本文です。\r\n", "\x1B$B$3$s$K$A$O\x1B(B\r\n", "caf\u00E9 na\u00EFve\r\n",
        "-- \r\nsignature\r\n", "From the start\r\n", "=E3=81=82=\r\n=E3=81=84\r\n",
    ];

    private static readonly string[] Fields =
    [
        "X-Mailer: one\r\nX-Mailer: two\r\n", "X-Empty:\r\n", "X-Blank: \t \r\n", "X-8bit: caf\u00E9\r\n",
        "Sender: c@d.test\r\n", "Reply-To: r@d.test\r\n", "Cc: c@x.test,\r\n\td@x.test\r\n",
        "In-Reply-To: <1@x.test>\r\nReferences: <1@x.test>\r\n <2@x.test>\r\n", "List-Id: News <news.d.test>\r\n",
        "List-Unsubscribe: <https://d.test/u?a=1&b=2>,\r\n <mailto:u@d.test>\r\n"
            + "List-Unsubscribe-Post: List-Unsubscribe=One-Click\r\n",
        "Received: from a by b; Thu, 1 Jan 2026 00:00:00 +0000\r\n", "Feedback-ID: c:a:t:d\r\n",
    ];

    private static readonly string[] Subjects =
    [
        "A letter", "  many   blanks ", "=?utf-8?B?5pel5pys6Kqe?=", "=?iso-2022-jp?B?GyRCRnxLXBsoQg==?=",
        "folded\r\n\t here", "folded\r\n twice\r\n \tover", "日本語の件名", "", "colon: semicolon; equals=\"x\"",
    ];

    /// <summary>The letter's bytes, CRLF line ends.</summary>
    public static byte[] Of(int number)
    {
        var random = new Random(number);
        var text = new StringBuilder()
            .Append($"From: =?utf-8?Q?S=C3=A9nder?= <a{number}@d.test>\r\n")
            .Append("Date: Thu, 1 Jan 2026 00:00:00 +0000\r\n")
            .Append($"Message-ID: <{number}@d.test>\r\n")
            .Append($"To: b@x.test\r\nSubject: {Subjects[random.Next(Subjects.Length)]}\r\n");
        foreach (var field in Fields)
            if (random.Next(4) == 0) text.Append(field);
        AddBody(text, random);
        return Encoding.UTF8.GetBytes(text.ToString());
    }

    private static void AddBody(StringBuilder text, Random random)
    {
        text.Append("MIME-Version: 1.0\r\n");
        if (random.Next(5) == 0)
        {
            var attachment = new byte[random.Next(1, 20_000)];
            random.NextBytes(attachment);
            text.Append("Content-Type: multipart/mixed; boundary=\"=_b\"\r\n\r\n--=_b\r\n\r\nSee below\r\n--=_b\r\n")
                .Append("Content-Type: application/octet-stream\r\nContent-Transfer-Encoding: base64\r\n\r\n")
                .Append(Convert.ToBase64String(attachment, Base64FormattingOptions.InsertLineBreaks))
                .Append("\r\n--=_b--\r\n");
            return;
        }
        text.Append("Content-Type: text/plain; charset=utf-8\r\nContent-Transfer-Encoding: 8bit\r\n\r\n");
        for (var parts = random.Next(4); parts > 0; parts--) text.Append(EndLine(Bodies[random.Next(Bodies.Length)]));
        if (random.Next(4) == 0) text.Append('x', random.Next(500, 998)).Append("\r\n");
        if (random.Next(4) == 0) text.Insert(text.Length, "\r\n", random.Next(1, 5));
    }

    private static string EndLine(string body) => body.Length == 0 || body.EndsWith('\n') ? body : body + "\r\n";
}
