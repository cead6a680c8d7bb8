using System.Buffers;
using Ekiden.Mail;
using Ekiden.Spool;
using Ekiden.Submission.Returns;

namespace Ekiden.Submission;

/// <summary>To which addresses a client may send: reliability D-R4, D-R5, D-R7.</summary>
internal static class RecipientPolicy
{
    // Old routing tricks hide in local parts: percent hack, bang path, an address inside an address.
    private static readonly SearchValues<char> RoutingCharacters = SearchValues.Create("@%!/|");

    // Outside servers may use / and | themselves; in front they name files and programs (OpenSMTPD, CVE-2020-7247).
    private static readonly SearchValues<char> PassedOnCharacters = SearchValues.Create("@%!");

    private static readonly SearchValues<char> LeadingCharacters = SearchValues.Create("./|");

    /// <summary>Null when the recipient is fine.</summary>
    public static Refusal? Check(MailClient client, Mailbox recipient, IntakeOptions options)
    {
        if (client.Origin == MessageOrigin.Notice || options.IsOwnPostmaster(recipient)) return null;
        return client.Origin == MessageOrigin.Inbound
            ? CheckInbound(recipient, options)
            : CheckOutgoing(client, recipient, options.Local);
    }

    // From outside: our own domains only, and nothing that looks like a route.
    private static Refusal? CheckInbound(Mailbox recipient, IntakeOptions options)
    {
        var local = options.Local;
        if (options.Returns is { } returns && returns.Covers(recipient)) return CheckReturn(returns, recipient, local);
        if (!local.Contains(recipient.Domain)) return Refusal.Of(550, "5.7.1", "Relaying denied", "invalid_address");
        if (recipient.LocalPart.AsSpan().ContainsAny(RoutingCharacters) || recipient.LocalPart.StartsWith('.'))
            return RoutingInLocalPart();
        return local.HasRecipient(recipient) ? null : NoSuchUser();
    }

    // reliability F-R6: what we did not sign is refused; what is too old is taken and dropped, which whoever returns it
    // cannot help. A bounce domain that is local too has other addresses.
    private static Refusal? CheckReturn(ReturnAddresses returns, Mailbox recipient, LocalDomains local) =>
        returns.Read(recipient, DateTimeOffset.UnixEpoch) switch
        {
            ReturnAddressResult.Valid or ReturnAddressResult.TooOld => null,
            ReturnAddressResult.Forged => Refusal.Of(550, "5.7.1", "Not a return address of ours", "invalid_address"),
            _ => local.Contains(recipient.Domain) && local.HasRecipient(recipient) ? null : NoSuchUser(),
        };

    private static Refusal? CheckOutgoing(MailClient client, Mailbox recipient, LocalDomains local)
    {
        if (local.Contains(recipient.Domain)) return local.HasRecipient(recipient) ? null : NoSuchUser();
        if (recipient.IsAddressLiteral || !recipient.Domain.Contains('.', StringComparison.Ordinal))
        {
            return Refusal.Of(550, "5.1.2", "Address literals and single-label domains are not accepted",
                "invalid_address");
        }

        return client.IsOwnUser && IsTricky(recipient) ? RoutingInLocalPart() : null;
    }

    // A relay's clients are the operator's own: gateways behind it may need such addresses. The dots of the listed
    // carriers are part of real addresses.
    private static bool IsTricky(Mailbox recipient) =>
        recipient.LocalPart.AsSpan().ContainsAny(PassedOnCharacters)
        || (recipient.LocalPart.AsSpan().IndexOfAny(LeadingCharacters) == 0
            && !CarrierDomains.Contains(recipient.Domain));

    private static Refusal RoutingInLocalPart() =>
        Refusal.Of(553, "5.1.3", "Routing in the local part is not accepted", "invalid_address");

    private static Refusal NoSuchUser() => Refusal.Of(550, "5.1.1", "No such user here", "invalid_address");
}
