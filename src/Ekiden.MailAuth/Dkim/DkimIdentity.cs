namespace Ekiden.MailAuth.Dkim;

/// <summary>In whose name to sign, and with what.</summary>
/// <param name="Domain"><c>d=</c>: a domain in A-label form, lower case.</param>
/// <param name="Selector"><c>s=</c>: the public key is at <c>selector._domainkey.domain</c>.</param>
/// <param name="Key">The private key; not disposed by those it is lent to.</param>
public sealed record DkimIdentity(string Domain, string Selector, DkimKey Key);
