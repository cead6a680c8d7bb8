using System.Collections.Immutable;
using Ekiden.Directory;
using Ekiden.Dns;
using Ekiden.MailAuth.Dkim;
using Ekiden.MailAuth.Dmarc;
using Ekiden.MailAuth.Spf;
using Ekiden.Server.Signing;

namespace Ekiden.Server.Domains;

/// <summary>SPF, DKIM and DMARC of a domain.</summary>
internal sealed class AuthenticationChecks(IResolver resolver, TimeProvider clock)
{
    // RFC 7208 §4.6.4 allows ten; an included domain may add one any day.
    private const int ManyLookups = 9;

    private readonly SpfInspector _inspector = new(resolver);
    private readonly SpfChecker _checker = new(resolver, clock, "localhost");
    private readonly DkimPublicationChecker _publication = new(resolver);
    private readonly DmarcEvaluator _dmarc = new(resolver);

    /// <summary>The record itself, and whether it allows each of our addresses.</summary>
    public async Task<DomainFinding[]> CheckSpfAsync(
        string domain, ImmutableArray<SendingHost> hosts, CancellationToken cancel)
    {
        var inspection = await _inspector.InspectAsync(domain, cancel);
        var findings = new List<DomainFinding> { JudgeRecord(domain, inspection) };
        if (inspection.Record is null) return [.. findings];
        foreach (var host in hosts)
        {
            if (host.Address is not { } address) continue;
            var request = new SpfRequest(address, host.HostName, $"postmaster@{domain}");
            var verdict = await _checker.CheckAsync(request, cancel);
            var status = verdict.Result switch
            {
                SpfResult.Pass => FindingStatus.Ok,
                SpfResult.TempError => FindingStatus.Unknown,
                _ => FindingStatus.Error,
            };
            var word = verdict.Result.ToString().ToLowerInvariant();
            findings.Add(new("spf", $"{domain} {address}", status, $"mail from {address}: {word} ({verdict.Why})")
            {
                Fix = status == FindingStatus.Error ? $"add a:{host.HostName} to the SPF record" : null,
            });
        }
        return [.. findings];
    }

    /// <summary>Each key that signs or waits, and those whose record may go.</summary>
    public async Task<DomainFinding[]> CheckDkimAsync(
        string domain, ImmutableArray<DomainKey> keys, DateTimeOffset now, CancellationToken cancel)
    {
        var findings = new List<DomainFinding>();
        foreach (var key in keys)
        {
            var place = DomainKeyNames.PlaceOf(key.Selector, domain);
            var publication = await _publication.CheckAsync(domain, key.Selector, key.PublicRecord, cancel);
            if (key.Status != DomainKeyStatus.Retired) findings.Add(JudgeKey(key, place, publication));
            else if (publication == DkimPublication.Published && now - key.RetiredAt >= KeyLife.RecordStays)
                findings.Add(new("dkim", place, FindingStatus.Ok, "retired: its record may be removed"));
        }
        if (!keys.Any(key => key.Status == DomainKeyStatus.Active))
        {
            findings.Add(new("dkim", domain, FindingStatus.Error, "no key signs: mail leaves without a signature")
            {
                Fix = "publish the records of `ekiden domain show`",
            });
        }
        return [.. findings];
    }

    /// <summary>The policy, and whether our signatures count for it.</summary>
    public async Task<DomainFinding[]> CheckDmarcAsync(string domain, CancellationToken cancel)
    {
        var found = await _dmarc.FindAsync(domain, cancel);
        if (found is null)
            return [new("dmarc", domain, FindingStatus.Unknown, "the name service does not answer")];
        if (found.PolicyDomain is not { } place)
        {
            return [new("dmarc", domain, FindingStatus.Error, "there is no DMARC policy")
            {
                Fix = $"publish \"v=DMARC1; p=none\" at _dmarc.{domain}",
            }];
        }
        var policy = found.Policy.ToString().ToLowerInvariant() + (found.IsTesting ? ", as a test" : "");
        var about = new DomainFinding("dmarc", domain, FindingStatus.Ok, $"p={policy}, published at _dmarc.{place}");
        var alignment = found.IsDkimStrict
            ? new DomainFinding("alignment", domain, FindingStatus.Warning,
                $"adkim=s: mail from below {domain} is not aligned, as it is signed with d={domain}")
            {
                Fix = "register sub-domains that mail is sent from, or publish adkim=r",
            }
            : new DomainFinding("alignment", domain, FindingStatus.Ok, $"mail is signed with d={domain}: aligned");
        return [about, alignment];
    }

    private static DomainFinding JudgeRecord(string domain, SpfInspection found)
    {
        if (found.Problem is { } problem)
            return new("spf", domain, FindingStatus.Error, problem) { Fix = "correct the SPF record" };
        if (found.Record is null)
        {
            return new("spf", domain, FindingStatus.Error, "there is no SPF record")
            {
                Fix = "publish the one of `ekiden domain show`",
            };
        }
        var text = $"{found.Lookups} of 10 lookups; includes "
            + (found.Includes.IsEmpty ? "nobody" : string.Join(", ", found.Includes));
        return found.All switch
        {
            SpfResult.Pass => new("spf", domain, FindingStatus.Error, "+all: the whole world may send")
            {
                Fix = "end the record with ~all or -all",
            },
            null or SpfResult.Neutral => new("spf", domain, FindingStatus.Warning, $"neither ~all nor -all; {text}")
            {
                Fix = "end the record with ~all or -all",
            },
            _ when found.Lookups >= ManyLookups => new("spf", domain, FindingStatus.Warning, text)
            {
                Fix = "include fewer: receivers stop after 10 lookups",
            },
            _ => new("spf", domain, FindingStatus.Ok, text),
        };
    }

    private static DomainFinding JudgeKey(DomainKey key, string place, DkimPublication publication)
    {
        var waits = key.Status == DomainKeyStatus.Pending;
        return publication switch
        {
            DkimPublication.Published => new("dkim", place, FindingStatus.Ok, waits ? "published; waits" : "published"),
            DkimPublication.Unknown =>
                new("dkim", place, FindingStatus.Unknown, "the name service does not answer"),
            DkimPublication.Different =>
                new("dkim", place, FindingStatus.Error, "another key is published") { Fix = Publish(key) },
            _ => new("dkim", place, waits ? FindingStatus.Warning : FindingStatus.Error, "not published")
            {
                Fix = Publish(key),
            },
        };
    }

    private static string Publish(DomainKey key) => $"publish TXT \"{key.PublicRecord}\"";
}
