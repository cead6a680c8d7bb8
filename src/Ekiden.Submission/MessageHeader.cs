using System.Collections.Immutable;
using System.Text;
using Ekiden.Mail;
using Ekiden.Mail.Headers;
using Ekiden.Spool;

namespace Ekiden.Submission;

/// <summary>What Intake needs to know of a message's header, read in one pass.</summary>
internal sealed class MessageHeader
{
    // RFC 5322 §3.6: at most one each.
    private static readonly ImmutableArray<string> SingleFields =
        ["From", "Date", "Message-ID", "Subject", "To", "Cc", "Reply-To", "Sender", "MIME-Version"];

    private static readonly ImmutableArray<byte[]> SingleNames = [.. SingleFields.Select(Encoding.ASCII.GetBytes)];
    private static readonly ImmutableArray<byte[]> AuthorNames =
        [.. new[] { "From", "Sender", "Resent-From", "Resent-Sender" }.Select(Encoding.ASCII.GetBytes)];

    // Most headers end within this; more is looked at only when one does not.
    private const int UsualLength = 16 * 1024;

    private readonly HeaderBlock _block;
    private readonly List<HeaderField> _authorFields = [];
    private int _seen; // a bit for each of SingleFields

    private MessageHeader(HeaderBlock block, bool isWhole) => (_block, IsWhole) = (block, isWhole);

    /// <summary>All of it was read: it is within the limits of reliability §5.1.</summary>
    public bool IsWhole { get; }

    /// <summary>Received fields.</summary>
    public int ReceivedCount { get; private set; }

    /// <summary>The name of a field that may stand once and stands more often; null when there is none.</summary>
    public string? RepeatedField { get; private set; }

    /// <summary>There is a From field.</summary>
    public bool HasFrom => Has("From");

    /// <summary>There is a Date field.</summary>
    public bool HasDate => Has("Date");

    /// <summary>There is a Message-ID field.</summary>
    public bool HasMessageId => Has("Message-ID");

    /// <summary>
    /// An empty line separates header and body; without one the body begins where a line is no field.
    /// </summary>
    public bool IsSeparated => _block.Problem == HeaderProblem.None;

    /// <summary>A line is no field, before any empty line.</summary>
    public bool IsBroken => _block.Problem == HeaderProblem.NotAField;

    /// <summary>The message begins with its body.</summary>
    public bool IsMissing => _block is { Length: 0, Problem: HeaderProblem.NotAField };

    /// <summary>
    /// Every mailbox of From, Sender and Resent-*; null when one of them cannot be read in one way only.
    /// </summary>
    public IReadOnlyList<Mailbox>? ReadAuthors()
    {
        var authors = new List<Mailbox>();
        foreach (var field in _authorFields)
        {
            var parsed = HeaderAddressParser.Parse(field.RawValue);
            if (parsed is not HeaderAddresses.Valid { Addresses: { Length: > 0 } found }) return null;
            authors.AddRange(found.Select(address => address.Mailbox));
        }
        return authors;
    }

    /// <summary>Reads the header at the start of a message.</summary>
    public static MessageHeader Read(MessageContent content)
    {
        var head = content.Head(UsualLength);
        var block = HeaderBlock.Read(head);
        if (block.Problem != HeaderProblem.None && head.Length < content.Length)
        {
            head = content.Head(HeaderBlock.MaxLength + 2);
            block = HeaderBlock.Read(head);
        }
        var header = new MessageHeader(block, IsAllRead(block.Problem, head.Length == content.Length));
        foreach (var field in block) header.Note(field);
        return header;
    }

    private static bool IsAllRead(HeaderProblem problem, bool isAllThere) => problem switch
    {
        HeaderProblem.None or HeaderProblem.NotAField => true,
        HeaderProblem.NoEmptyLine => isAllThere,
        _ => false,
    };

    /// <summary>How many Received fields this installation wrote.</summary>
    public int CountReceivedBy(string installationId) =>
        ReceivedCount == 0 ? 0 : _block.CountReceived(Encoding.ASCII.GetBytes(installationId)).Own;

    private void Note(HeaderField field)
    {
        if (field.Is("Received"u8)) ReceivedCount++;
        foreach (var name in AuthorNames)
        {
            if (field.Is(name)) _authorFields.Add(field);
        }
        for (var i = 0; i < SingleNames.Length; i++)
        {
            if (!field.Is(SingleNames[i])) continue;
            if ((_seen & (1 << i)) != 0) RepeatedField ??= SingleFields[i];
            _seen |= 1 << i;
        }
    }

    private bool Has(string name) => (_seen & (1 << SingleFields.IndexOf(name))) != 0;
}
