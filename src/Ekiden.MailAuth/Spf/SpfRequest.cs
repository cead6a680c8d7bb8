using System.Net;

namespace Ekiden.MailAuth.Spf;

/// <summary>What is to be checked: RFC 7208 §2.4 and §4.1.</summary>
/// <param name="Client">Who connected; an IPv4-mapped address counts as IPv4 (§5).</param>
/// <param name="Helo">The name of HELO or EHLO as it was sent, whatever it is.</param>
/// <param name="Sender">
/// The address of MAIL FROM without angle brackets; empty (a notice) is checked as <c>postmaster@</c> and the HELO
/// name.
/// </param>
public sealed record SpfRequest(IPAddress Client, string Helo, string Sender);
