namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>A mail that may be one that came back, taken apart once for all who look at it.</summary>
internal sealed class ReturnedMail
{
    private readonly Lazy<FailureText> _words;
    private readonly Lazy<HeaderFields> _original;

    private ReturnedMail(HeaderFields headers, List<MailPart> parts)
    {
        Headers = headers;
        Parts = parts;
        From = headers.Text("From");
        Subject = headers.Text("Subject");
        var sender = AddressScanner.First(From);
        NotRecipients = AddressScanner.FindAll(headers.Find("To") ?? "").Select(found => found.Address)
            .Concat(sender is null ? [] : [sender]).ToHashSet(StringComparer.OrdinalIgnoreCase);
        _words = new Lazy<FailureText>(() => FailureText.Read(ReadWords(), NotRecipients));
        _original = new Lazy<HeaderFields>(ReadOriginal);
    }

    /// <summary>The header of the mail itself.</summary>
    public HeaderFields Headers { get; }

    /// <summary>The leaves.</summary>
    public IReadOnlyList<MailPart> Parts { get; }

    /// <summary>Its author, decoded.</summary>
    public string From { get; }

    /// <summary>Its subject, decoded.</summary>
    public string Subject { get; }

    /// <summary>Who it is from and to: seldom whom it is about.</summary>
    public IReadOnlySet<string> NotRecipients { get; }

    /// <summary>What it says to people.</summary>
    public FailureText Words => _words.Value;

    /// <summary>The header of the mail that it is about; empty when it is not returned.</summary>
    public HeaderFields Original => _original.Value;

    /// <summary>It has no return path, or its author is a program that returns mail.</summary>
    public bool IsFromDaemon => IsWithoutReturnPath || BounceWords.BuiltIn.Has(PhraseUse.Sender, From)
        || BounceWords.BuiltIn.Has(PhraseUse.Sender, Headers.Find("Return-Path") ?? "");

    /// <summary>RFC 5321 §4.5.5: notices have an empty return path.</summary>
    public bool IsWithoutReturnPath => Headers.FindAll("Return-Path").Any(path => path.Trim() is "<>");

    /// <summary>Its subject is that of a notice.</summary>
    public bool HasFailureSubject => BounceWords.BuiltIn.Has(PhraseUse.Subject, Subject);

    /// <summary>Takes a message apart; never throws.</summary>
    public static ReturnedMail Read(ReadOnlySpan<byte> message)
    {
        var text = MessageText.Read(message);
        var headers = HeaderFields.Read(text, out var body);
        return new ReturnedMail(headers, MailPart.ReadAll(headers, text[body..]));
    }

    // Plain text where there is any, else HTML.
    private string ReadWords()
    {
        const int MaxTexts = 5;
        var texts = new List<string>();
        foreach (var part in Parts)
        {
            if (part.IsOriginal && texts.Count > 0) break;
            if (part.MediaType is "text/plain" && texts.Count < MaxTexts) texts.Add(PartText.Of(part));
        }
        if (texts.All(string.IsNullOrWhiteSpace))
            texts.AddRange(Parts.Where(part => part.MediaType is "text/html").Take(1).Select(PartText.Of));
        return string.Join('\n', texts);
    }

    private HeaderFields ReadOriginal()
    {
        var part = Parts.FirstOrDefault(part => part.IsOriginal);
        var text = part is null ? Words.Original ?? "" : PartText.Of(part);
        return HeaderFields.Read(text, out _);
    }
}
