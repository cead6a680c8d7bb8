using System.Collections.Immutable;
using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Dkim;

namespace Ekiden.MailAuth.Arc;

/// <summary>The sets of a message in order, when they make a chain: RFC 8617 §5.2, steps 1 and 3.</summary>
internal sealed class ArcChain
{
    /// <summary>Sets at most: §4.2.1.</summary>
    internal const int MaxInstances = 50;

    private readonly HeaderField?[] _results = new HeaderField?[MaxInstances + 1];
    private readonly ArcField?[] _messages = new ArcField?[MaxInstances + 1];
    private readonly ArcField?[] _seals = new ArcField?[MaxInstances + 1];
    private int _last;
    private string? _why;

    private ArcChain() { }

    /// <summary>Finds the chain; empty when there is none, false when the fields make no chain.</summary>
    internal static bool TryRead(
        SignedHeader header, out ImmutableArray<ArcSet> sets, [NotNullWhen(false)] out string? why)
    {
        var chain = new ArcChain();
        foreach (var field in header.Find("arc-authentication-results")) chain.AddResults(field);
        foreach (var field in header.Find("arc-message-signature")) chain.AddSigned(field, chain._messages);
        foreach (var field in header.Find("arc-seal")) chain.AddSigned(field, chain._seals);
        sets = chain.Collect();
        why = chain._why;
        return why is null;
    }

    private void AddResults(in HeaderField field)
    {
        // §4.1.1: the instance comes first, then a semicolon
        var value = field.Unfold().AsSpan();
        var end = value.IndexOf(';');
        var equals = value.IndexOf('=');
        if (end < 0 || equals < 0 || equals > end || value[..equals].Trim(" \t") is not "i")
        {
            Fail("an ARC-Authentication-Results without an instance (i=)");
        }
        else if (TryCount(value[(equals + 1)..end].Trim(" \t"), out var instance))
        {
            if (_results[instance] is not null) Fail("two ARC-Authentication-Results of one instance (i=)");
            _results[instance] = field;
        }
    }

    private void AddSigned(in HeaderField field, ArcField?[] fields)
    {
        if (!TagList.TryParse(field.RawValue, out var tags))
        {
            Fail("an ARC field that cannot be read");
        }
        else if (TryCount(tags.Find("i"), out var instance))
        {
            if (fields[instance] is not null) Fail("two ARC fields of one kind and instance (i=)");
            fields[instance] = new ArcField(field, tags);
        }
    }

    private bool TryCount(ReadOnlySpan<char> text, out int instance)
    {
        var isNumber = int.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out instance);
        if (!isNumber || instance is < 1 or > MaxInstances)
        {
            Fail($"an instance that is not 1 to {MaxInstances} (i=)");
            return false;
        }
        _last = Math.Max(_last, instance);
        return true;
    }

    private ImmutableArray<ArcSet> Collect()
    {
        if (_why is not null) return [];
        var sets = ImmutableArray.CreateBuilder<ArcSet>(_last);
        for (var i = 1; i <= _last; i++)
        {
            if (_results[i] is not { } results || _messages[i] is not { } message || _seals[i] is not { } seal)
            {
                Fail("a set is not complete");
                return [];
            }
            sets.Add(new ArcSet(results, message, seal));
        }
        return sets.MoveToImmutable();
    }

    private void Fail(string why) => _why ??= why;
}
