using System.Text;
using CsCheck;
using Ekiden.Smtp.Server;
using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Server;

/// <summary>
/// Random sequences of commands against a small model of what RFC 5321 §4.1.4 allows, and random bytes.
/// </summary>
public sealed class CommandFuzzTests
{
    private static readonly string[] Commands =
    [
        "EHLO x", "HELO x", "MAIL FROM:<x@ext.test>", "MAIL FROM:<>", "RCPT TO:<bounce+ok@in.test>",
        "RCPT TO:<u@out.test>",
        "DATA", "RSET", "NOOP", "VRFY x", "WHAT", "STARTTLS", "MAIL FROM:<bad", "RCPT TO:<>", "HELP",
    ];

    [Fact]
    public Task Replies_follow_the_model_whatever_the_order() => DialogueSession.InlineAsync(() =>
        Gen.Int[0, Commands.Length - 1].Array[1, 25].SampleAsync(async choices =>
        {
            var limits = new SessionLimits { ErrorsClose = 1_000, ErrorsCloseUnauthenticated = 1_000 };
            await using var session = await DialogueSession.StartAsync(new DialogueOptions
            {
                Limits = limits,
                Receiver = new FakeMailReceiver(),
            });
            session.ReadReply();
            var model = new Model();
            foreach (var choice in choices)
            {
                await session.SendAsync(Commands[choice] + "\r\n");
                var expected = model.Reply(Commands[choice]);
                var reply = session.TryReadReply();
                Assert.Equal(expected, reply?[..3]);
                if (expected != "354") continue;
                await session.SendAsync("Subject: x\r\n\r\nMAIL FROM:<>\r\n.\r\n");
                Assert.StartsWith("250", session.TryReadReply(), StringComparison.Ordinal);
            }
            Assert.Equal(model.Messages, session.Options.Receiver.Messages.Count);
        }, iter: 5_000));

    [Fact]
    public Task Random_bytes_never_break_a_session() => DialogueSession.InlineAsync(() =>
        Gen.Byte.Array[0, 600].SampleAsync(bytes => SurviveAsync(bytes), iter: 5_000));

    // Bytes that look a little like SMTP get further.
    [Fact]
    public Task Random_words_of_the_protocol_never_break_a_session()
    {
        string[] words =
        [
            "EHLO ", "MAIL FROM:", "RCPT TO:", "<a@in.test>", "<bounce+ok@in.test>", "<", ">", "\"", "\\", "@",
            " SIZE=",
            "1",
            " ENVID=+41", " NOTIFY=NEVER", " ORCPT=rfc822;", "\r\n", "\r\n", "\r", "\n", "\0", ".", "..", "DATA\r\n",
            "AUTH ",
            "PLAIN ", "=", "STARTTLS\r\n", "ü", "\u2028", "x", " ", "BDAT 10", "QUIT\r\n", "\r\n.\r\n", "[127.0.0.1]",
            ",", ":",
        ];
        return DialogueSession.InlineAsync(() => Gen.Int[0, words.Length - 1].Array[0, 60].SampleAsync(
            choices => SurviveAsync(Encoding.UTF8.GetBytes(string.Concat(choices.Select(choice => words[choice])))),
            iter: 10_000));
    }

    private static async Task SurviveAsync(byte[] bytes)
    {
        var log = new ErrorCounter();
        await using var session = await DialogueSession.StartAsync(new DialogueOptions
        {
            Receiver = new FakeMailReceiver(),
            Log = log,
        });
        await session.SendAsync(bytes);
        await session.FinishAsync();
        while (session.ReadReply() is { } reply) Assert.Matches("^[2-5][0-9][0-9][ -]", reply);
        Assert.True(session.Ended.IsCompletedSuccessfully);
        Assert.Equal(0, log.Errors);
    }

    /// <summary>What a listener for our own domains answers, in as few lines as possible.</summary>
    private sealed class Model
    {
        private bool _hasGreeted;
        private bool _hasSender;
        private bool _hasRecipient;

        public int Messages { get; private set; }

        public string Reply(string command)
        {
            switch (command)
            {
                case "EHLO x" or "HELO x":
                    _hasGreeted = true;
                    _hasSender = _hasRecipient = false;
                    return "250";
                case "MAIL FROM:<x@ext.test>" or "MAIL FROM:<>":
                    if (!_hasGreeted || _hasSender) return "503";
                    _hasSender = true;
                    return "250";
                case "RCPT TO:<bounce+ok@in.test>":
                    if (!_hasSender) return "503";
                    _hasRecipient = true;
                    return "250";
                case "RCPT TO:<u@out.test>":
                    return _hasSender ? "550" : "503";
                case "RCPT TO:<>":
                    return _hasSender ? "501" : "503";
                case "DATA":
                    if (!_hasRecipient) return "503";
                    _hasSender = _hasRecipient = false;
                    Messages++;
                    return "354";
                case "RSET":
                    _hasSender = _hasRecipient = false;
                    return "250";
                case "STARTTLS":
                    return _hasGreeted && !_hasSender ? "502" : "503";
                default:
                    return command switch
                    {
                        "NOOP" => "250",
                        "VRFY x" => "252",
                        "HELP" => "214",
                        "WHAT" => "500",
                        _ => "501",
                    };
            }
        }
    }
}
