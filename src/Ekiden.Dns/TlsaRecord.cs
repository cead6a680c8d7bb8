using System.Collections.Immutable;

namespace Ekiden.Dns;

/// <summary>One certificate association: RFC 6698 §2.1.</summary>
/// <param name="Usage">0 PKIX-TA, 1 PKIX-EE, 2 DANE-TA, 3 DANE-EE; others are unusable.</param>
/// <param name="Selector">0 whole certificate, 1 public key.</param>
/// <param name="Matching">0 as it is, 1 SHA-256, 2 SHA-512.</param>
/// <param name="Data">
/// The certificate, key or hash; empty in a record that was too short to be one, which is unusable.
/// </param>
public sealed record TlsaRecord(byte Usage, byte Selector, byte Matching, ImmutableArray<byte> Data);
