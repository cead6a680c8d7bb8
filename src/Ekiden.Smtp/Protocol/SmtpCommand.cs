using Ekiden.Mail;

namespace Ekiden.Smtp.Protocol;

/// <summary>One command line, understood as far as its syntax goes. RFC 5321 §4.1.1.</summary>
internal abstract record SmtpCommand
{
    private SmtpCommand() { } // closed: every case is below

    /// <summary>EHLO or HELO.</summary>
    public sealed record Hello(string Name, bool IsExtended) : SmtpCommand;

    /// <summary>MAIL. RFC 5321 §4.1.1.2.</summary>
    /// <param name="Path">The reverse-path; never <see cref="SmtpPath.Invalid"/> for want of brackets.</param>
    /// <param name="PathIsAscii">The path as it was sent has no byte over 127.</param>
    /// <param name="HasParameters">At least one parameter was given.</param>
    public sealed record Mail(SmtpPath Path, bool PathIsAscii, bool HasParameters) : SmtpCommand
    {
        /// <summary>SIZE in bytes, or 0: RFC 1870.</summary>
        public long Size { get; init; }

        /// <summary>BODY=8BITMIME: RFC 6152.</summary>
        public bool EightBit { get; init; }

        /// <summary>SMTPUTF8: RFC 6531.</summary>
        public bool SmtpUtf8 { get; init; }

        /// <summary>REQUIRETLS: RFC 8689 §2. It is a parameter only over TLS.</summary>
        public bool RequireTls { get; init; }

        /// <summary>RET: RFC 3461 §4.3.</summary>
        public DsnReturn Return { get; init; }

        /// <summary>ENVID, decoded: RFC 3461 §4.4; null when not given.</summary>
        public string? EnvelopeId { get; init; }
    }

    /// <summary>RCPT. RFC 5321 §4.1.1.3.</summary>
    /// <param name="Path">The forward-path; never <see cref="SmtpPath.Invalid"/> for want of brackets.</param>
    /// <param name="PathIsAscii">The path as it was sent has no byte over 127.</param>
    /// <param name="HasParameters">At least one parameter was given.</param>
    public sealed record Rcpt(SmtpPath Path, bool PathIsAscii, bool HasParameters) : SmtpCommand
    {
        /// <summary>NOTIFY: RFC 3461 §4.1.</summary>
        public DsnNotify Notify { get; init; }

        /// <summary>ORCPT, decoded: RFC 3461 §4.2; null when not given.</summary>
        public string? OriginalRecipient { get; init; }
    }

    /// <summary>DATA.</summary>
    public sealed record Data : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly Data Instance = new();
    }

    /// <summary>RSET.</summary>
    public sealed record Rset : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly Rset Instance = new();
    }

    /// <summary>NOOP; its argument is ignored.</summary>
    public sealed record Noop : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly Noop Instance = new();
    }

    /// <summary>HELP; its argument is ignored.</summary>
    public sealed record Help : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly Help Instance = new();
    }

    /// <summary>VRFY with an argument that nobody looks at.</summary>
    public sealed record Vrfy : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly Vrfy Instance = new();
    }

    /// <summary>QUIT.</summary>
    public sealed record Quit : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly Quit Instance = new();
    }

    /// <summary>STARTTLS: RFC 3207.</summary>
    public sealed record StartTls : SmtpCommand
    {
        /// <summary>The only one.</summary>
        public static readonly StartTls Instance = new();
    }

    /// <summary>AUTH: RFC 4954.</summary>
    /// <param name="Mechanism">In upper case.</param>
    /// <param name="InitialResponse">As sent, in base64 or <c>=</c>; null when not given.</param>
    public sealed record Auth(string Mechanism, string? InitialResponse) : SmtpCommand
    {
        // A record prints its fields, and this one holds a password: reliability G-R7.
        /// <inheritdoc/>
        public override string ToString() => $"AUTH {Mechanism} *";
    }

    /// <summary>Nothing that can be done; the reply says why.</summary>
    /// <param name="Reply">What to answer.</param>
    /// <param name="EndsSession">What follows cannot be commands, so nobody reads on.</param>
    public sealed record Invalid(SmtpReply Reply, bool EndsSession = false) : SmtpCommand;
}
