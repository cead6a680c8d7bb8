using System.Net;

namespace Ekiden.Smtp.Client;

/// <summary>From TCP to the last reply before the first MAIL: named steps, each may be the last.</summary>
internal sealed class ClientHandshake(
    ClientWire wire, SmtpTarget target, TlsLevel level, SmtpClientOptions options, SmtpClientConnection connection)
{
    private bool _isEncrypted;

    /// <summary>Runs all steps.</summary>
    /// <returns>What ended it, or null when the connection is ready.</returns>
    public async Task<ConnectOutcome.Failed?> RunAsync(EndPoint address)
    {
        if (!await wire.ConnectAsync(address, options.ConnectTimeout)) return Lost(SmtpPhase.Connect);
        return await GreetingAsync() ?? await HelloAsync() ?? await StartTlsAsync() ?? await SignInAsync();
    }

    /// <summary>The failure is one of TLS, after which opportunistic TLS may try again in clear.</summary>
    public bool MayFallBack(ConnectOutcome.Failed failed) => level == TlsLevel.Opportunistic && failed switch
    {
        { Kind: ConnectFailure.TlsRefused or ConnectFailure.TlsFailed } => true,
        // With TLS 1.3 a server's objection to our handshake arrives only after it.
        { Phase: SmtpPhase.Tls or SmtpPhase.Ehlo, Kind: ConnectFailure.Closed or ConnectFailure.Reset } => _isEncrypted,
        { Phase: SmtpPhase.Tls, Kind: ConnectFailure.TimedOut } => true,
        _ => false,
    };

    private async Task<ConnectOutcome.Failed?> GreetingAsync()
    {
        wire.ExpectWithin(options.GreetingTimeout);
        var code = await wire.ReadReplyAsync();
        return code == 220 ? null : Refusal(code, SmtpPhase.Connect, "a greeting");
    }

    private async Task<ConnectOutcome.Failed?> HelloAsync()
    {
        var isLmtp = target.Protocol == MailProtocol.Lmtp;
        var code = await AskAsync(isLmtp ? "LHLO" : "EHLO", target.HelloName, keepAll: true);
        if (code == 250)
        {
            connection.Extensions = ServerExtensions.Parse(wire.ReplyText);
            return null;
        }
        // RFC 5321 §3.2: a server that does not know EHLO knows HELO. It has no TLS to offer.
        if (isLmtp || _isEncrypted || code / 100 != 5) return Refusal(code, SmtpPhase.Ehlo, "EHLO");
        if (level is TlsLevel.Required or TlsLevel.Verified) return NotOffered();
        code = await AskAsync("HELO", target.HelloName);
        return code == 250 ? null : Refusal(code, SmtpPhase.Ehlo, "HELO");
    }

    private async Task<ConnectOutcome.Failed?> StartTlsAsync()
    {
        if (level == TlsLevel.None) return null;
        if (!connection.Extensions.StartTls) return level == TlsLevel.Opportunistic ? null : NotOffered();
        var code = await AskAsync("STARTTLS");
        if (code is 0 or 421) return Refusal(code, SmtpPhase.Tls, "STARTTLS");
        if (code != 220)
        {
            var reply = wire.Reply();
            return new(SmtpPhase.Tls, ConnectFailure.TlsRefused, reply, $"STARTTLS was answered {reply}");
        }
        var policy = new TlsPolicy(target, level, options);
        if (!await wire.StartTlsAsync(policy, options.HandshakeTimeout))
        {
            return policy.Objection is { } objection
                ? new(SmtpPhase.Tls, ConnectFailure.CertificateNotVerified, null, objection.Why)
                {
                    Fault = objection.Fault,
                }
                : Lost(SmtpPhase.Tls);
        }
        // RFC 3207 §4.2: what was said in clear is forgotten.
        _isEncrypted = true;
        connection.Tls = wire.DescribeTls(policy);
        connection.Extensions = ServerExtensions.None;
        return await HelloAsync();
    }

    private async Task<ConnectOutcome.Failed?> SignInAsync()
    {
        if (target.Credential is not { } credential) return null;
        // reliability.md C-R6: credentials travel over verified TLS only.
        if (level != TlsLevel.Verified || !_isEncrypted)
            return new(SmtpPhase.Ehlo, ConnectFailure.SignIn, null, "signing in needs verified TLS");
        var (reply, why) = await new ClientSignIn(wire, options).RunAsync(credential, connection.Extensions);
        if (why is null) return null;
        return wire.Trouble is { } trouble
            ? new(SmtpPhase.Ehlo, trouble.Kind, null, trouble.Why)
            : new(SmtpPhase.Ehlo, ConnectFailure.SignIn, reply, why);
    }

    private async ValueTask<int> AskAsync(string verb, string? argument = null, bool keepAll = false)
    {
        using var commands = new CommandBuffer();
        if (argument is null) commands.Verb(verb);
        else commands.Verb(verb, argument);
        return await wire.WriteAsync(commands.Written, options.StallTimeout, options.CommandTimeout)
            ? await wire.ReadReplyAsync(keepAll)
            : 0;
    }

    private ConnectOutcome.Failed Refusal(int code, SmtpPhase phase, string what)
    {
        if (code == 0) return Lost(phase);
        var reply = wire.Reply();
        return code >= 400
            ? new(phase, ConnectFailure.Reply, reply, reply.ToString())
            : new(phase, ConnectFailure.BrokenReply, reply, $"{code} is no answer to {what}");
    }

    private static ConnectOutcome.Failed NotOffered() =>
        new(SmtpPhase.Tls, ConnectFailure.TlsNotOffered, null, "the server does not offer TLS");

    private ConnectOutcome.Failed Lost(SmtpPhase phase) => wire.Trouble is { } trouble
        ? new(phase, trouble.Kind, null, trouble.Why)
        : new(phase, ConnectFailure.Closed, null, "the server closed the connection");
}
