using Ekiden.Delivery.Connections;
using Ekiden.Delivery.Providers;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Lanes.Learning;

/// <summary>What an answer tells a lane about how much the site takes.</summary>
internal static class SignalReader
{
    /// <summary>The signal of a transaction; null when it says nothing about the lane.</summary>
    public static LaneSignal? Read(Provider provider, IReadOnlyList<RecipientResponse> responses)
    {
        for (var i = 0; i < responses.Count; i++)
        {
            var signal = responses[i] switch
            {
                RecipientResponse.Refused refused => Read(provider, refused.Phase, refused.Reply),
                RecipientResponse.Broken { AfterDot: false } broken => provider.Pack.ResetMeansThrottled
                    ? new LaneSignal.TooFast(broken.Why)
                    : new LaneSignal.Broken(broken.Why),
                _ => null,
            };
            if (signal is not null) return signal;
        }
        return null;
    }

    /// <summary>
    /// The end of a connection that was used before says no more than that: it was closed, or by a 421 that speaks
    /// neither of rates nor of connections.
    /// </summary>
    public static bool SaysGoodbye(Provider provider, IReadOnlyList<RecipientResponse> responses)
    {
        for (var i = 0; i < responses.Count; i++)
        {
            var isGoodbye = responses[i] switch
            {
                RecipientResponse.Broken => !provider.Pack.ResetMeansThrottled,
                RecipientResponse.Refused refused => IsGoodbye(provider, refused.Phase, refused.Reply),
                _ => false,
            };
            if (!isGoodbye) return false;
        }
        return true;
    }

    /// <summary>The signal of a connection that was not given; null when nobody spoke to us.</summary>
    public static LaneSignal? Read(Provider provider, ConnectResult.Failed failure) => failure.Kind switch
    {
        ConnectFailure.Reply when failure.Reply is { } reply && reply.Code != 521 =>
            Read(provider, failure.Phase, reply) ?? new LaneSignal.TooManyConnections(Words(reply)),
        ConnectFailure.Refused => new LaneSignal.TooManyConnections(failure.Why, IsSpoken: false),
        ConnectFailure.Reset or ConnectFailure.Closed => provider.Pack.ResetMeansThrottled
            ? new LaneSignal.TooFast(failure.Why)
            : new LaneSignal.Broken(failure.Why),
        _ => null,
    };

    private static LaneSignal? Read(Provider provider, SmtpPhase phase, SmtpReply reply)
    {
        var meaning = provider.MeaningOf(phase, reply);
        LaneSignal? signal = meaning.Retry switch
        {
            RetryAdvice.Pause pause => new LaneSignal.Pause(Words(reply), meaning.Wait ?? pause.For)
            {
                Connections = pause.Connections,
                Rate = pause.MessagesPerMinute / 60,
            },
            // Until there is another source that may go, this one asks from time to time.
            RetryAdvice.OtherSource => new LaneSignal.Blocked(Words(reply)),
            RetryAdvice.SlowDown => new LaneSignal.TooFast(Words(reply), meaning.Wait),
            RetryAdvice.FewerConnections => new LaneSignal.TooManyConnections(Words(reply)),
            // Policy in a 4xx that no rule knows better is nearly always a rate: delivery.md A3.
            RetryAdvice.Schedule when reply is { IsTransient: true, Status.Subject: 7 }
                && meaning.Class is ReplyClass.PolicyViolation or ReplyClass.Undefined =>
                new LaneSignal.TooFast(Words(reply), meaning.Wait),
            _ => null,
        };
        if (signal is LaneSignal.TooFast && meaning.Retry is RetryAdvice.Schedule) return signal;
        return signal is null || ScopeOf(meaning.Scope) is not { } scope ? null : signal with { Scope = scope };
    }

    // RFC 5321 §4.2.3: the channel closes, and no rule knows more in the words.
    private static bool IsGoodbye(Provider provider, SmtpPhase phase, SmtpReply reply)
    {
        var meaning = provider.MeaningOf(phase, reply);
        return meaning.Retry is RetryAdvice.Reconnect
            || (reply.Code == 421 && (meaning.Rule == "code" || meaning.Retry is RetryAdvice.Schedule));
    }

    // Null: it is about this mail or this mailbox, and no limit of anybody else.
    private static LaneScope? ScopeOf(LimitScope scope) => scope switch
    {
        LimitScope.Message or LimitScope.Mailbox or LimitScope.LinkDomain => null,
        LimitScope.Account => LaneScope.Account,
        LimitScope.ReturnPathDomain or LimitScope.DkimDomain => LaneScope.SenderDomain,
        _ => LaneScope.Lane,
    };

    // What is shown as a cause: one line, not the peer's whole page.
    private static string Words(SmtpReply reply)
    {
        var text = reply.ToString();
        return text.Length <= 200 ? text : text[..200];
    }
}
