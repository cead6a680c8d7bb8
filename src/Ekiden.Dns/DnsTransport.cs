using System.Buffers;
using System.Net;
using DnsClient;

namespace Ekiden.Dns;

/// <summary>
/// One question to one name server after the other, until one answers: DnsClient does UDP, TCP and the wire form.
/// </summary>
internal sealed class DnsTransport : IDisposable
{
    private static readonly SearchValues<char> HostCharacters =
        SearchValues.Create("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.");

    private const int UdpSize = 1232; // reliability I-R4: no fragments

    private readonly ResolverOptions _options;
    private readonly LookupClient _client;
    private readonly DnsQueryOptions _query;
    private readonly SemaphoreSlim _slots;

    internal DnsTransport(ResolverOptions options)
    {
        _options = options;
        Servers = options.Servers.IsEmpty
            ? [.. NameServer.ResolveNameServers(skipIPv6SiteLocal: true, fallbackToGooglePublicDns: false)]
            : [.. options.Servers.Select(server => new NameServer(server))];
        _client = new LookupClient(new LookupClientOptions { AutoResolveNameServers = false, UseCache = false });
        _query = new DnsQueryOptions
        {
            UseCache = false,
            Recursion = true,
            Retries = 0,
            Timeout = options.Timeout,
            ThrowDnsErrors = false,
            UseTcpFallback = true,
            ExtendedDnsBufferSize = UdpSize,
            RequestDnsSecRecords = options.TrustAuthenticatedData, // resolvers set AD only for those who ask
        };
        _slots = new SemaphoreSlim(options.MaxQuestions);
    }

    internal IReadOnlyList<NameServer> Servers { get; }

    /// <summary>Asks; <paramref name="cancel"/> ends with the time of the question.</summary>
    internal async Task<Reply> AskAsync(DnsKey key, CancellationToken cancel)
    {
        Reply last = new Reply.Failure(DnsFailure.Timeout, "no name server is known");
        var question = new DnsQuestion(QueryName(key.Name), key.Type);
        for (var attempt = 0; Servers.Count > 0 && attempt < _options.Tries; attempt++)
        {
            last = await AskAsync(Servers[attempt % Servers.Count], question, cancel);
            if (last is Reply.Answer) return last;
            // a server that says no says it again; one that was silent may have missed the question
            var isSilent = last is Reply.Failure { Reason: DnsFailure.Timeout };
            if (!isSilent && attempt + 1 >= Servers.Count) return last;
        }
        return last;
    }

    private async Task<Reply> AskAsync(NameServer server, DnsQuestion question, CancellationToken cancel)
    {
        await _slots.WaitAsync(cancel);
        try
        {
            return Judge(await _client.QueryServerAsync([server], question, _query, cancel), question, server);
        }
        catch (DnsResponseException failure) when (failure.Code == DnsResponseCode.ConnectionTimeout)
        {
            return new Reply.Failure(DnsFailure.Timeout, $"{server} did not answer in time");
        }
        catch (Exception failure) when (failure is not OperationCanceledException || !cancel.IsCancellationRequested)
        {
            // DnsClient throws for sockets that fail, and whatever the bytes of an answer make its reader throw
            var why = $"no readable answer from {server} ({failure.GetType().Name})";
            return new Reply.Failure(DnsFailure.Malformed, why);
        }
        finally
        {
            _slots.Release();
        }
    }

    private Reply Judge(IDnsQueryResponse response, DnsQuestion question, NameServer server)
    {
        var code = response.Header.ResponseCode;
        if (code == DnsHeaderResponseCode.ServerFailure)
            return new Reply.Failure(DnsFailure.ServerFailure, $"{server} answered SERVFAIL");
        if (code is not (DnsHeaderResponseCode.NoError or DnsHeaderResponseCode.NotExistentDomain))
            return new Reply.Failure(DnsFailure.Refused, $"{server} answered {code}");
        if (response.Header.ResultTruncated)
            return new Reply.Failure(DnsFailure.Truncated, $"{server} gave no whole answer, even over TCP");
        if (response.Questions.Count != 1 || !Matches(response.Questions[0], question))
            return new Reply.Failure(DnsFailure.Malformed, $"{server} answered another question");
        var isTrusted = _options.TrustAuthenticatedData && response.Header.IsAuthenticData
            && IPAddress.TryParse(server.Address, out var address) && IPAddress.IsLoopback(address);
        return new Reply.Answer(response, isTrusted);
    }

    // DnsClient refuses names that are no host names, unless they look as if a response had brought them.
    private static DnsString QueryName(string name) => name.AsSpan().ContainsAnyExcept(HostCharacters)
        ? DnsString.FromResponseQueryString(name)
        : DnsString.Parse(name);

    private static bool Matches(DnsQuestion answered, DnsQuestion asked) =>
        answered.QuestionType == asked.QuestionType && answered.QuestionClass == asked.QuestionClass
        && AnswerReader.Trim(answered.QueryName) == AnswerReader.Trim(asked.QueryName);

    public void Dispose() => _slots.Dispose();

    /// <summary>What one question brought.</summary>
    internal abstract record Reply
    {
        private Reply() { } // closed: every case is below

        /// <summary>NOERROR or NXDOMAIN, whole, and to this question.</summary>
        internal sealed record Answer(IDnsQueryResponse Response, bool IsAuthenticated) : Reply;

        /// <summary>Nothing that says anything about the name.</summary>
        internal sealed record Failure(DnsFailure Reason, string Why) : Reply;
    }
}
