namespace Ekiden.Dns;

/// <summary>One mail exchanger: RFC 1035 §3.3.9.</summary>
/// <param name="Preference">0 to 65,535; lower is tried first.</param>
/// <param name="Host">Lower case, without a trailing dot; empty is the root, the null MX of RFC 7505.</param>
public sealed record MxRecord(int Preference, string Host)
{
    /// <summary>
    /// The domain says that it takes no mail, when no other record stands beside this one: RFC 7505 §3.
    /// </summary>
    public bool IsNull => Host.Length == 0;
}
