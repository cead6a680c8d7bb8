using System.Globalization;
using System.Text;
using System.Text.Json;
using Ekiden.Testing;

namespace Ekiden.EndToEnd.Tests.Scenarios;

/// <summary>
/// Messages of all shapes, signed by the running Ekiden, verify in dkimpy and arrive as they were handed in.
/// <c>EKIDEN_SIGNED_MESSAGES=1000</c> makes the long run.
/// </summary>
[Trait("needs", "outside")]
public sealed class SignedVariationTests
{
    private static int Count =>
        int.Parse(Environment.GetEnvironmentVariable("EKIDEN_SIGNED_MESSAGES") ?? "70", CultureInfo.InvariantCulture);

    [Fact(Timeout = 10 * Settings.Patience)]
    public async Task Messages_of_all_shapes_verify_elsewhere_and_are_not_changed()
    {
        await using var sink = FakeMx.Start();
        using var settings = new TestSettings(
            Settings.Relay.Replace("[[listener]]", "[[listener]]\naccount = \"shop\"", StringComparison.Ordinal)
            + Settings.Route("*", sink.Address));
        await using var server = await EkidenProcess.StartAsync(settings.File);
        using var admin = new AdminClient(server, settings.File);
        await Tenant.AddAsync(admin, "shop", "shop.test");

        var sent = Enumerable.Range(0, Count).ToDictionary(number => $"{number:D4}", Message);
        await using var client = await Letter.ConnectAsync(server.Listener("relay"));
        foreach (var text in sent.Values)
        {
            var stuffed = text.Replace("\r\n.", "\r\n..", StringComparison.Ordinal);
            var reply = await Letter.SendAsync(client, "<s@shop.test> BODY=8BITMIME", ["<v@sink.test>"], stuffed);
            Assert.StartsWith("250", reply, StringComparison.Ordinal);
        }
        await sink.WaitForAsync(Count, TestContext.Current.CancellationToken);

        using var folder = new TestSettings("");
        var path = Path.GetDirectoryName(folder.File)!; // a file in a folder
        foreach (var message in sink.Messages)
        {
            var text = Encoding.UTF8.GetString(message.Content);
            var name = text[(text.IndexOf("Message-ID: <", StringComparison.Ordinal) + 13)..][..4];
            Assert.StartsWith("DKIM-Signature: ", text, StringComparison.Ordinal);
            Assert.EndsWith(sent[name], text, StringComparison.Ordinal);
            await File.WriteAllBytesAsync(
                Path.Combine(path, name + ".eml"), message.Content, TestContext.Current.CancellationToken);
        }
        await WriteZoneAsync(admin, Path.Combine(path, "zone.txt"));
        var (exit, output) = await OutsideProgram.RunAsync(
            "/usr/bin/python3", Path.Combine(AppContext.BaseDirectory, "dkimpy.py"), "verify", path);
        Assert.True(exit == 0, output);
        Assert.Equal(
            sent.Keys.Order().Select(name => $"{name}.eml True True"),
            output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Order());
    }

    private static async Task WriteZoneAsync(AdminClient admin, string file)
    {
        var shown = await admin.GetAsync("/v1/domains/shop.test");
        await File.WriteAllLinesAsync(file, shown.GetProperty("records").EnumerateArray().Select(
            record => $"{Text(record, "name")} {Text(record, "value")}"), TestContext.Current.CancellationToken);
    }

    private static string Text(JsonElement record, string name) => record.GetProperty(name).GetString()!; // a text

    private static string Message(int number)
    {
        var random = new Random(number);
        var body = (number % 10) switch
        {
            0 => "",
            1 => "Hello.\r\n",
            2 => "こんにちは。請求書をお送りします。\r\n",
            3 => "Hello.\r\n\r\n\r\n\r\n",
            4 => new string('x', 998) + "\r\n" + string.Concat(Enumerable.Repeat("長い", 160)) + "\r\n",
            5 => "\r\n\r\n \t \r\n. \r\n..\r\n\tend \t \r\n",
            6 => string.Concat(Enumerable.Range(0, 200).Select(line => new string('.', line % 7) + "\r\n")),
            7 => Attachment(random, 300_000),
            8 => Attachment(random, 20_000),
            _ => string.Concat(Enumerable.Range(0, 40).Select(_ => Words(random) + "\r\n")),
        };
        var subject = number % 3 == 0 ? "=?UTF-8?B?6aeF5Lyd?=\r\n =?UTF-8?B?6aeF5Lyd?=" : Words(random).Trim();
        return $"From: =?UTF-8?B?6aeF5Lyd?= <s@shop.test>\r\nTo: <v@sink.test>\r\nSubject: {subject}\r\n"
            + $"Date: Wed, 1 Apr 2026 09:00:00 +0900\r\nMessage-ID: <{number:D4}@shop.test>\r\n"
            + (number % 4 == 0 ? "X-Empty:\r\nReply-To:\r\n <other@shop.test>\r\n" : "")
            + $"MIME-Version: 1.0\r\n{TypeOf(number)}\r\n{body}";
    }

    private static string TypeOf(int number) => (number % 10) is 7 or 8
        ? "Content-Type: multipart/mixed; boundary=b\r\n"
        : "Content-Type: text/plain; charset=UTF-8\r\nContent-Transfer-Encoding: 8bit\r\n";

    private static string Attachment(Random random, int length)
    {
        var bytes = new byte[length];
        random.NextBytes(bytes);
        var text = Convert.ToBase64String(bytes, Base64FormattingOptions.InsertLineBreaks);
        return "--b\r\nContent-Type: text/plain\r\n\r\nSee attachment.\r\n--b\r\n"
            + "Content-Type: application/octet-stream\r\n"
            + $"Content-Transfer-Encoding: base64\r\n\r\n{text}\r\n--b--\r\n";
    }

    private static string Words(Random random) => string.Concat(Enumerable.Range(0, random.Next(1, 12)).Select(
        _ => random.Next(4) switch { 0 => "word  ", 1 => "tab\t", 2 => "end ", _ => "long-and-short " }));
}
