using System.Collections.Frozen;

namespace Ekiden.Server.Api.Sending;

/// <summary>Which header fields a caller may add: reliability E-R2, E-R3.</summary>
internal static class HeaderNames
{
    private const int Longest = 76;

    // Written by Ekiden, or by fields of their own.
    private static readonly FrozenSet<string> Reserved = FrozenSet.ToFrozenSet(
        [
            "Received", "Return-Path", "DKIM-Signature", "Authentication-Results", "Bcc", "Content-Length",
            "MIME-Version", "From", "To", "Cc", "Subject", "Reply-To", "Sender", "Date", "Message-ID",
        ], StringComparer.OrdinalIgnoreCase);

    private static readonly string[] ReservedPrefixes = ["ARC-", "X-Ekiden-", "Content-", "Resent-"];

    /// <summary>Why the name may not be used; null when it may.</summary>
    public static string? Problem(string name)
    {
        if (name.Length is 0 or > Longest || name.Any(letter => letter is <= ' ' or > '~' or ':'))
            return "Not the name of a header field";
        return Reserved.Contains(name) || ReservedPrefixes.Any(
            prefix => name.StartsWith(prefix, StringComparison.OrdinalIgnoreCase))
            ? $"{name} is written by Ekiden"
            : null;
    }
}
