using System.Text.Json;

namespace Ekiden.Delivery.Providers;

/// <summary>Whom a limit or a refusal concerns: DESIGN §5. From one mail to everybody.</summary>
public enum LimitScope : byte
{
    /// <summary>This message only: its content or form.</summary>
    Message,

    /// <summary>The recipient's mailbox.</summary>
    Mailbox,

    /// <summary>The account that sends.</summary>
    Account,

    /// <summary>The domains that messages link to.</summary>
    LinkDomain,

    /// <summary>The domain of the envelope sender, which SPF is about.</summary>
    ReturnPathDomain,

    /// <summary>The domain of the DKIM signature.</summary>
    DkimDomain,

    /// <summary>The address that we send from, at this provider.</summary>
    Source,

    /// <summary>The network of that address, at this provider.</summary>
    Netblock,

    /// <summary>The receiving site, from wherever we send.</summary>
    Site,
}

/// <summary>The words of scopes.</summary>
public static class LimitScopes
{
    /// <summary>As packs, logs and the API write it, such as <c>dkim_domain</c>.</summary>
    public static string Word(this LimitScope scope) => JsonNamingPolicy.SnakeCaseLower.ConvertName(scope.ToString());
}
