namespace Ekiden.Smtp.Server;

/// <summary>
/// What one session may do and how long it may take: reliability §5.1, §5.2. Names: DESIGN §9.2 <c>[limits]</c>.
/// </summary>
public sealed record SessionLimits
{
    /// <summary><c>max_message</c>: bytes of content, announced as SIZE. 25 MiB.</summary>
    public long MaxMessage { get; init; } = 25 * 1024 * 1024;

    /// <summary><c>max_line</c>: octets of a data line without its CRLF. RFC 5321 §4.5.3.1.6: 998.</summary>
    public int MaxLine { get; init; } = 998;

    /// <summary><c>max_recipients</c> of one transaction; RFC 5321 §4.5.3.1.8 asks for 100.</summary>
    public int MaxRecipients { get; init; } = 1_000;

    /// <summary><c>max_transactions</c> of one connection.</summary>
    public int MaxTransactions { get; init; } = 1_000;

    /// <summary><c>errors_close</c>: the error of this number ends the session; half as many slow it down.</summary>
    public int ErrorsClose { get; init; } = 20;

    /// <summary>The same before sign-in, and where nobody signs in; at most <see cref="ErrorsClose"/>.</summary>
    public int ErrorsCloseUnauthenticated { get; init; } = 10;

    /// <summary>NOOP, RSET, VRFY and HELP without a message in between.</summary>
    public int MaxIdleCommands { get; init; } = 100;

    /// <summary>The failed AUTH of this number ends the session.</summary>
    public int AuthFailuresClose { get; init; } = 3;

    /// <summary>
    /// <c>auth_failures_per_minute</c> from one address (IPv6: /64); five times as many a day. 0: no limit.
    /// </summary>
    public int AuthFailuresPerMinute { get; init; } = 10;

    /// <summary><c>bare_newline_silence</c>: how long a client may be silent after a bare CR or LF in DATA.</summary>
    public TimeSpan BareNewlineSilence { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>
    /// <c>banner_delay</c>: how long the banner waits for clients that talk too early. RFC 5321 §3.1.
    /// </summary>
    public TimeSpan BannerDelay { get; init; } = TimeSpan.Zero;

    /// <summary><c>command_timeout</c>: RFC 5321 §4.5.3.2.7 asks for 5 minutes.</summary>
    public TimeSpan CommandTimeout { get; init; } = TimeSpan.FromMinutes(5);

    /// <summary>What <see cref="CommandTimeout"/> shrinks to in stress mode.</summary>
    public TimeSpan StressCommandTimeout { get; init; } = TimeSpan.FromSeconds(10);

    /// <summary>From connect to sign-in on a submission listener.</summary>
    public TimeSpan SignInTimeout { get; init; } = TimeSpan.FromMinutes(2);

    /// <summary>The longest silence within DATA; never more than <see cref="DataTimeout"/>.</summary>
    public TimeSpan DataBlockTimeout { get; init; } = TimeSpan.FromMinutes(3);

    /// <summary><c>data_timeout</c>: the whole of DATA, from 354 to the final dot.</summary>
    public TimeSpan DataTimeout { get; init; } = TimeSpan.FromMinutes(30);

    /// <summary>Bytes a second that DATA must reach over <see cref="DataRateWindow"/>.</summary>
    public int MinDataRate { get; init; } = 500;

    /// <summary>Over how long <see cref="MinDataRate"/> is measured.</summary>
    public TimeSpan DataRateWindow { get; init; } = TimeSpan.FromMinutes(1);

    /// <summary>How long the receiver may think about one question, the final dot among them.</summary>
    public TimeSpan AnswerTimeout { get; init; } = TimeSpan.FromSeconds(50);

    /// <summary>How long the client may leave replies unread.</summary>
    public TimeSpan WriteTimeout { get; init; } = TimeSpan.FromSeconds(30);

    /// <summary>How long a TLS handshake may take.</summary>
    public TimeSpan HandshakeTimeout { get; init; } = TimeSpan.FromSeconds(30);
}
