using System.Collections.Immutable;
using System.Text;

namespace Ekiden.Mail.Headers;

/// <summary>
/// Reads an address list of RFC 5322 §3.4, with groups, comments, display names and the obsolete forms of §4.4. One
/// pass, no recursion; stops at <see cref="MaxAddresses"/>. What two readers could read in two ways is refused.
/// </summary>
public sealed class HeaderAddressParser
{
    /// <summary>Addresses of one field at most: reliability H-R6.</summary>
    public const int MaxAddresses = 1000;

    private readonly HeaderTokenReader _tokens;
    private readonly ImmutableArray<HeaderAddress>.Builder _addresses = ImmutableArray.CreateBuilder<HeaderAddress>();
    private readonly List<HeaderToken> _words = []; // a display name, a group's name or a local part: known at its end
    private string? _error;
    private bool _inGroup;
    private bool _isComplete; // an address or a group has ended: only a separator may follow

    private HeaderAddressParser(string text) => _tokens = new HeaderTokenReader(text);

    /// <summary>Reads a field's value, folded or not.</summary>
    public static HeaderAddresses Parse(ReadOnlySpan<byte> rawValue) => Parse(HeaderField.Unfold(rawValue));

    /// <summary>Reads a field's value, unfolded.</summary>
    public static HeaderAddresses Parse(string text)
    {
        var parser = new HeaderAddressParser(text);
        while (parser.Step()) { }
        return parser._error is { } why
            ? new HeaderAddresses.Invalid(why)
            : new HeaderAddresses.Valid(parser._addresses.ToImmutable());
    }

    private bool Step()
    {
        var token = _tokens.Next();
        switch (token.Kind)
        {
            case HeaderTokenKind.Bad:
                return Fail(token.Text);
            case HeaderTokenKind.End:
                return _inGroup ? Fail("a group does not end") : EndElement() && false;
            case HeaderTokenKind.Special:
                return ReadSpecial(token.Text[0]);
            default:
                if (_isComplete) return Fail("text follows an address");
                _words.Add(token);
                return true;
        }
    }

    private bool ReadSpecial(char special)
    {
        switch (special)
        {
            case ',':
                return EndElement();
            case ';' when _inGroup:
                if (!EndElement()) return false;
                _inGroup = false;
                return _isComplete = true;
            case ':' when !_inGroup && !_isComplete && _words.Count > 0:
                _words.Clear(); // the group's name
                return _inGroup = true;
            case '<' when !_isComplete:
                return ReadAngle(HeaderTokens.DisplayName(_words));
            case '@' when !_isComplete:
                return ReadDomain(displayName: "");
            default:
                return Fail($"'{special}' stands where it may not");
        }
    }

    // Empty elements between commas are obsolete but valid: RFC 5322 §4.4.
    private bool EndElement()
    {
        if (_words.Count > 0) return Fail("a name without an address");
        _isComplete = false;
        return true;
    }

    private bool ReadAngle(string displayName)
    {
        _words.Clear();
        var token = _tokens.Next();
        if (token.Is('@'))
        {
            // obs-route: RFC 5322 §4.4
            while (!token.Is(':'))
            {
                var isHop = token.Kind is HeaderTokenKind.Atom or HeaderTokenKind.Dot;
                if (!isHop && !token.Is('@') && !token.Is(',')) return Fail("a bad source route");
                token = _tokens.Next();
            }
            token = _tokens.Next();
        }
        while (token.Kind is HeaderTokenKind.Atom or HeaderTokenKind.Quoted or HeaderTokenKind.Dot)
        {
            _words.Add(token);
            token = _tokens.Next();
        }
        if (!token.Is('@')) return Fail("angle brackets without an address");
        return ReadDomain(displayName) && (_tokens.Next().Is('>') || Fail("an angle bracket does not close"));
    }

    // After the @: words and dots, or one literal. What ends it is left for the caller.
    private bool ReadDomain(string displayName)
    {
        var domain = new StringBuilder();
        var expectsAtom = true;
        for (var token = _tokens.Peek(); ; token = _tokens.Peek())
        {
            var fits = token.Kind == HeaderTokenKind.Dot ? !expectsAtom
                : token.Kind == HeaderTokenKind.Atom ? expectsAtom
                : token.Kind == HeaderTokenKind.Literal && domain.Length == 0;
            if (!fits) break;
            domain.Append(_tokens.Next().Text);
            expectsAtom = token.Kind == HeaderTokenKind.Dot;
        }
        if (HeaderTokens.LocalPart(_words, domain.ToString()) is not { } text) return Fail("a bad local part");
        if (!Mailbox.TryParse(text, MailboxRules.Utf8, out var mailbox, out var error))
            return Fail(MailboxErrors.Describe(error));
        if (_addresses.Count == MaxAddresses) return Fail($"more than {MaxAddresses} addresses");
        _addresses.Add(new HeaderAddress(displayName, mailbox));
        _words.Clear();
        return _isComplete = true;
    }

    private bool Fail(string why)
    {
        _error = why;
        return false;
    }
}
