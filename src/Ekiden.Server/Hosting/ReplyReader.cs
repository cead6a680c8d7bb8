using Ekiden.Delivery.Providers;
using Ekiden.Events;
using Ekiden.Mail;
using Ekiden.Smtp.Client;

namespace Ekiden.Server.Hosting;

/// <summary>Tells the event log what delivery's provider packs know.</summary>
/// <param name="packs">Those in force.</param>
internal sealed class ReplyReader(Func<ProviderPacks> packs) : IReplyReader
{
    public string ProviderOf(string domain, string host) => Find(domain, host).Name;

    public string ClassOf(string domain, string host, string phase, SmtpReply reply) =>
        Find(domain, host).MeaningOf(PhaseOf(phase), reply).Class.Word();

    private Provider Find(string domain, string host) =>
        packs().Find(domain, host.Length > 0 ? [host.ToLowerInvariant()] : []);

    private static SmtpPhase PhaseOf(string word) =>
        Enum.TryParse<SmtpPhase>(word, ignoreCase: true, out var phase) ? phase : SmtpPhase.Connect;
}
