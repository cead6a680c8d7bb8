using Ekiden.Delivery.Connections;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Simulation.Tests;

/// <summary>A receiving site in simulated time: how long it takes, and rules that refuse.</summary>
internal sealed class Receiver(SimulatedTime time)
{
    private long _free;

    /// <summary>From SYN to the answer to EHLO.</summary>
    public TimeSpan Greeting { get; set; } = TimeSpan.FromMilliseconds(100);

    /// <summary>A transaction on a connection.</summary>
    public TimeSpan Reply { get; set; } = TimeSpan.FromMilliseconds(200);

    /// <summary>What its disk takes, one mail after the other; null: as much as comes.</summary>
    public double? DiskPerSecond { get; set; }

    /// <summary>Its rules, asked in order.</summary>
    public List<ReceiverRule> Rules { get; } = [];

    /// <summary>Open connections.</summary>
    public int Open { get; private set; }

    /// <summary>The most that were ever open.</summary>
    public int MostOpen { get; private set; }

    /// <summary>Tries to connect, and transactions.</summary>
    public int Tries { get; private set; }

    public ConnectResult.Failed? Connect(SmtpTarget target)
    {
        Tries++;
        foreach (var rule in Rules)
        {
            if (rule.OnConnect(new Visit(time.Now, Open, 0, target.LocalAddress?.ToString() ?? "", "")) is { } refusal)
                return refusal.ToFailure();
        }
        MostOpen = Math.Max(MostOpen, ++Open);
        return null;
    }

    public void Closed() => Open--;

    /// <summary>How long the transaction takes.</summary>
    public TimeSpan Begin()
    {
        if (DiskPerSecond is not { } perSecond) return Reply;
        var now = time.Now.Ticks;
        _free = Math.Max(_free, now) + (long)(TimeSpan.TicksPerSecond / perSecond);
        return TimeSpan.FromTicks(_free - now) + Reply;
    }

    /// <summary>What it says to a transaction; null takes it.</summary>
    public Refusal? Judge(int number, string source, string sender)
    {
        Tries++;
        var visit = new Visit(time.Now, Open, number, source, sender);
        foreach (var rule in Rules)
        {
            if (rule.OnMail(visit) is { } refusal) return refusal;
        }
        foreach (var rule in Rules) rule.Took(visit);
        return null;
    }

    /// <summary>It closes the connection after this one.</summary>
    public bool ClosesAfter(int number) => Rules.Any(rule => rule.ClosesAfter(number));
}

/// <summary>A try to connect or a transaction, as a rule sees it.</summary>
/// <param name="Now">When.</param>
/// <param name="Open">Connections that are open.</param>
/// <param name="Number">Of the transaction on its connection, from 1.</param>
/// <param name="Source">From where.</param>
/// <param name="Sender">The sender's domain.</param>
internal readonly record struct Visit(TimeSpan Now, int Open, int Number, string Source, string Sender);

/// <summary>How a receiver says no.</summary>
/// <param name="Code">421, 450, 550; 0 resets the connection, 1 refuses it.</param>
/// <param name="Status">The enhanced status; empty for none.</param>
/// <param name="Text">Its words.</param>
internal sealed record Refusal(int Code, string Status, string Text)
{
    public static readonly Refusal Reset = new(0, "", "");
    public static readonly Refusal NotListening = new(1, "", "");

    public bool Closes => Code is 0 or 421;

    public ConnectResult.Failed ToFailure() => Code switch
    {
        0 => new(SmtpPhase.Connect, ConnectFailure.Reset, null, "the connection was reset"),
        1 => new(SmtpPhase.Connect, ConnectFailure.Refused, null, "nobody listens there"),
        _ => new(SmtpPhase.Connect, ConnectFailure.Reply, ToReply(), "refused by the greeting"),
    };

    public RecipientResponse ToResponse() => Code == 0
        ? new RecipientResponse.Broken(SmtpPhase.Mail, "the connection was reset", AfterDot: false)
        : new RecipientResponse.Refused(SmtpPhase.Mail, ToReply());

    private SmtpReply ToReply() =>
        Status.Length == 0 ? new SmtpReply(Code, null, Text) : SmtpReply.Of(Code, Status, Text);
}
