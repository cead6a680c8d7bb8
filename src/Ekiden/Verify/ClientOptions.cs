using System.CommandLine;
using System.Net;
using Ekiden.MailAuth.Spf;

namespace Ekiden.Verify;

/// <summary>Who connected, and what it said: what SPF looks at.</summary>
internal sealed class ClientOptions
{
    private readonly Option<string?> _address;
    private readonly Option<string?> _sender = new("--from")
    {
        Description = "The address of MAIL FROM; empty for a notice",
        HelpName = "ADDRESS",
    };

    private readonly Option<string?> _helo = new("--helo")
    {
        Description = "The name of HELO or EHLO",
        HelpName = "NAME",
    };

    public ClientOptions(bool isRequired)
    {
        _address = new("--ip")
        {
            Description = "The address of the client",
            HelpName = "ADDRESS",
            Required = isRequired,
        };
        _address.Validators.Add(result =>
        {
            if (!IPAddress.TryParse(result.GetValueOrDefault<string>(), out _))
                result.AddError("--ip is not an IP address.");
        });
    }

    public void AddTo(Command command)
    {
        command.Options.Add(_address);
        command.Options.Add(_sender);
        command.Options.Add(_helo);
    }

    /// <summary>What to check; null when no client was given.</summary>
    public SpfRequest? Read(ParseResult parsed)
    {
        if (!IPAddress.TryParse(parsed.GetValue(_address), out var client)) return null;
        var sender = parsed.GetValue(_sender) ?? "";
        if (sender is ['<', .., '>']) sender = sender[1..^1];
        return new SpfRequest(client, parsed.GetValue(_helo) ?? "", sender);
    }
}
