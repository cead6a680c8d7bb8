using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Server;

public sealed class CommandOrderTests
{
    // RFC 5321 §4.1.4: MAIL, then RCPT, then DATA.
    [Fact]
    public Task A_recipient_before_a_sender_is_refused() => Dialogue.RunAsync("""
        S: 220 mx.example ESMTP
        C: EHLO client.example
        S: 250 mx.example
        C: RCPT TO:<someone@example.org>
        S: 503 5.5.1 *
        """);

    [Fact]
    public Task A_message_is_taken() => Dialogue.RunAsync("""
        S: 220 *
        C: EHLO client.example
        S: 250 mx.example
        S+ PIPELINING
        S+ SIZE 26214400
        S+ LIMITS RCPTMAX=1000 MAILMAX=1000
        S! STARTTLS
        S! AUTH
        C: MAIL FROM:<x@ext.test>
        C: RCPT TO:<bounce+ok@in.test>
        C: DATA
        S: 250 2.1.0 Ok
        S: 250 2.1.5 Ok
        S: 354 *
        C: Subject: hello
        C:
        C: ..
        C: .
        S: 250 2.0.0 *
        C: QUIT
        S: 221 2.0.0 *
        S: closed
        """);
}
