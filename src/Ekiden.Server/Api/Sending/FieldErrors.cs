using System.Text;
using Ekiden.Contracts;
using Ekiden.Mail.Headers;
using Ekiden.Submission.Composition;
using Microsoft.AspNetCore.Http;

namespace Ekiden.Server.Api.Sending;

/// <summary>Gathers what is wrong with the fields of a request, each with its JSON pointer.</summary>
internal sealed class FieldErrors
{
    private const int Most = 20;
    private readonly List<ProblemError> _errors = [];

    public bool IsEmpty => _errors.Count == 0;

    public IReadOnlyList<ProblemError> All => _errors;

    /// <summary>One more; those past the twentieth are not told.</summary>
    public void Add(string pointer, string code, string detail)
    {
        if (_errors.Count < Most) _errors.Add(new ProblemError(pointer, code, detail));
    }

    /// <summary>A value that is impossible, without a code of its own.</summary>
    public void Add(string pointer, string detail) => Add(pointer, "invalid_request", detail);

    /// <summary>The answer: named after the first.</summary>
    public IResult ToProblem() => Problems.Of(422, _errors[0].Code, _errors[0].Detail, [.. _errors]);

    /// <summary>A text that ends in a header, the envelope or a command: E-R1.</summary>
    public bool CheckHeaderText(string pointer, string text)
    {
        if (!HasControl(text)) return true;
        Add(pointer, "A control character or line break");
        return false;
    }

    /// <summary>One mailbox, in either form; null, and an error, when it is none.</summary>
    public NamedMailbox? ReadMailbox(string pointer, ApiAddress address)
    {
        var name = address.Name;
        if (!HasControl(address.Email) && (name is null || !HasControl(name))
            && HeaderAddressParser.Parse(address.Email) is HeaderAddresses.Valid { Addresses: [var only] }
            && !only.Mailbox.IsAddressLiteral && (name is null || only.DisplayName.Length == 0))
        {
            return new NamedMailbox(only.Mailbox, name ?? only.DisplayName);
        }
        Add(pointer, "invalid_address", "Not one mail address");
        return null;
    }

    // E-R1: these never belong into a header, and are never stripped silently. A lone surrogate is enumerated as
    // U+FFFD.
    public static bool HasControl(string text)
    {
        foreach (var rune in text.EnumerateRunes())
        {
            if (rune.Value == '\t') continue;
            if (Rune.IsControl(rune) || rune.Value is 0x2028 or 0x2029 or 0xFFFD) return true;
        }
        return false;
    }
}
