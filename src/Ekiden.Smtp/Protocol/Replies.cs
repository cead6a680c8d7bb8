using Ekiden.Mail;

namespace Ekiden.Smtp.Protocol;

/// <summary>The fixed replies of a session, each once. Codes: reference vectors; RFC 5321 §4.2.3, RFC 3463.</summary>
internal static class Replies
{
    public static readonly SmtpReply Ok = SmtpReply.Of(250, "2.0.0", "Ok");
    public static readonly SmtpReply SenderOk = SmtpReply.Of(250, "2.1.0", "Ok");
    public static readonly SmtpReply RecipientOk = SmtpReply.Of(250, "2.1.5", "Ok");
    public static readonly SmtpReply Goodbye = SmtpReply.Of(221, "2.0.0", "Bye");
    public static readonly SmtpReply StartTls = SmtpReply.Of(220, "2.0.0", "Ready to start TLS");
    public static readonly SmtpReply SignedIn = SmtpReply.Of(235, "2.7.0", "Authentication successful");
    public static readonly SmtpReply StartData = new(354, null, "End data with <CR><LF>.<CR><LF>");
    public static readonly SmtpReply Help = SmtpReply.Of(214, "2.0.0", "See RFC 5321");
    public static readonly SmtpReply CannotVerify = SmtpReply.Of(252, "2.5.2", "Send some mail, I will try my best");

    public static readonly SmtpReply UnknownCommand = SmtpReply.Of(500, "5.5.2", "Command not recognised");
    public static readonly SmtpReply LineTooLong = SmtpReply.Of(500, "5.5.2", "Line too long");
    public static readonly SmtpReply BareNewline = SmtpReply.Of(500, "5.5.2", "Lines end with CRLF, and hold no NUL");
    public static readonly SmtpReply NotUtf8 = SmtpReply.Of(501, "5.5.2", "Not valid UTF-8");
    public static readonly SmtpReply NoArgument = SmtpReply.Of(501, "5.5.4", "This command takes no argument");
    public static readonly SmtpReply ArgumentMissing = SmtpReply.Of(501, "5.5.4", "Argument missing");
    public static readonly SmtpReply BadHelloName = SmtpReply.Of(501, "5.5.4", "Not a host name or address literal");
    public static readonly SmtpReply BadParameter = SmtpReply.Of(501, "5.5.4", "Parameter malformed or repeated");
    public static readonly SmtpReply UnknownParameter = SmtpReply.Of(555, "5.5.4", "Parameter not recognised");
    public static readonly SmtpReply BadSender = SmtpReply.Of(501, "5.1.7", "Bad sender address syntax");
    public static readonly SmtpReply BadRecipient = SmtpReply.Of(501, "5.1.3", "Bad recipient address syntax");
    public static readonly SmtpReply RefusedLocalPart = SmtpReply.Of(553, "5.1.3", "Local part not allowed");
    public static readonly SmtpReply NeedsSmtpUtf8 = SmtpReply.Of(553, "5.6.7", "Address needs SMTPUTF8");
    public static readonly SmtpReply NotOffered = SmtpReply.Of(502, "5.5.1", "Command not offered");
    public static readonly SmtpReply NotSmtp = SmtpReply.Of(502, "5.7.0", "This is an SMTP server");
    public static readonly SmtpReply BadSequence = SmtpReply.Of(503, "5.5.1", "Bad sequence of commands");
    public static readonly SmtpReply EarlyTalk = SmtpReply.Of(554, "5.5.0", "Protocol synchronization error");

    public static readonly SmtpReply TlsFirst = SmtpReply.Of(530, "5.7.0", "Must issue a STARTTLS command first");
    public static readonly SmtpReply SignInFirst = SmtpReply.Of(530, "5.7.0", "Authentication required");
    public static readonly SmtpReply TlsForAuth = SmtpReply.Of(538, "5.7.11", "Encryption required for authentication");
    public static readonly SmtpReply UnknownMechanism = SmtpReply.Of(504, "5.5.4", "Mechanism not offered");
    public static readonly SmtpReply BadAuth = SmtpReply.Of(501, "5.5.2", "Cannot decode the response");
    public static readonly SmtpReply AuthCancelled = SmtpReply.Of(501, "5.7.0", "Authentication cancelled");
    public static readonly SmtpReply AuthFailed = SmtpReply.Of(535, "5.7.8", "Authentication credentials invalid");
    public static readonly SmtpReply AuthNotNow = SmtpReply.Of(454, "4.7.0", "Too many failures, try again later");
    public static readonly SmtpReply TlsNotNow = SmtpReply.Of(454, "4.7.0", "TLS not available now");
    public static readonly SmtpReply RelayingDenied = SmtpReply.Of(550, "5.7.1", "Relaying denied");
    public static readonly SmtpReply TooManyRecipients = SmtpReply.Of(452, "4.5.3", "Too many recipients");

    public static readonly SmtpReply BareNewlineInData = SmtpReply.Of(550, "5.5.2", "Bare CR or LF in message data");
    public static readonly SmtpReply DataLineTooLong = SmtpReply.Of(550, "5.6.0", "Line of more than 998 octets");
    public static readonly SmtpReply TooManyHeaderLines = SmtpReply.Of(550, "5.6.0", "Too many header lines");
    public static readonly SmtpReply HeaderTooLarge = SmtpReply.Of(552, "5.3.4", "Message header too large");
    public static readonly SmtpReply MessageTooLarge = SmtpReply.Of(552, "5.3.4", "Message too large");

    public static readonly SmtpReply LocalTrouble = SmtpReply.Of(451, "4.3.0", "Local trouble, try again later");
    public static readonly SmtpReply Stopping = SmtpReply.Of(421, "4.3.2", "Service closing");
    public static readonly SmtpReply Timeout = SmtpReply.Of(421, "4.4.2", "Timeout");
    public static readonly SmtpReply TooManyErrors = SmtpReply.Of(421, "4.7.0", "Too many errors");
    public static readonly SmtpReply TooManyIdleCommands = SmtpReply.Of(421, "4.7.0", "Too many commands without mail");
    public static readonly SmtpReply TooManyTransactions = SmtpReply.Of(421, "4.7.0", "Too many transactions");
    public static readonly SmtpReply TooManyAuthFailures =
        SmtpReply.Of(421, "4.7.0", "Too many authentication failures");
    public static readonly SmtpReply TooManyConnections = SmtpReply.Of(421, "4.7.0", "Too many connections");
}
