using System.Security.Cryptography;

namespace Ekiden.MailAuth.Dkim;

/// <summary>The hashes of one body that the signatures of a message need: each form and length once.</summary>
internal sealed class BodyHashes : IDisposable
{
    private readonly List<Entry> _entries = [];

    /// <summary>A signature that will ask; before the body comes.</summary>
    internal void Add(SignatureFields fields)
    {
        if (Find(fields) is not null) return;
        var limit = fields.BodyLength ?? long.MaxValue;
        _entries.Add(fields.Body == Canonicalization.Relaxed
            ? new Entry(fields.Body, fields.BodyLength, new RelaxedBodyHash(limit), null)
            : new Entry(fields.Body, fields.BodyLength, null, new SimpleBodyHash(limit)));
    }

    internal void Append(ReadOnlySpan<byte> piece)
    {
        foreach (var entry in _entries)
        {
            entry.Relaxed?.Append(piece);
            entry.Simple?.Append(piece);
        }
    }

    /// <summary>After the last piece, once.</summary>
    internal void Finish()
    {
        foreach (var entry in _entries) entry.Finish();
    }

    /// <summary>Is this the body that was signed? Never when it is shorter than <c>l=</c>: RFC 6376 §6.1.3.</summary>
    internal bool IsRight(SignatureFields fields) =>
        Find(fields) is { } entry && !(fields.BodyLength > entry.Length)
        && CryptographicOperations.FixedTimeEquals(entry.Hash, fields.BodyHash.AsSpan());

    public void Dispose()
    {
        foreach (var entry in _entries)
        {
            entry.Relaxed?.Dispose();
            entry.Simple?.Dispose();
        }
    }

    private Entry? Find(SignatureFields fields) =>
        _entries.Find(entry => entry.Form == fields.Body && entry.Limit == fields.BodyLength);

    private sealed class Entry(Canonicalization form, long? limit, RelaxedBodyHash? relaxed, SimpleBodyHash? simple)
    {
        internal Canonicalization Form => form;

        internal long? Limit => limit;

        internal RelaxedBodyHash? Relaxed => relaxed;

        internal SimpleBodyHash? Simple => simple;

        internal byte[] Hash { get; private set; } = [];

        internal long Length { get; private set; }

        internal void Finish()
        {
            Hash = relaxed?.Finish() ?? simple!.Finish(); // one of the two was given
            Length = relaxed?.Length ?? simple!.Length;
        }
    }
}
