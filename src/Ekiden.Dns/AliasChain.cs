namespace Ekiden.Dns;

/// <summary>Where the CNAME records of a question have led: at most 8 of them, none twice.</summary>
internal sealed class AliasChain(string name)
{
    internal const int MaxLength = 8; // reliability I-R4

    private readonly HashSet<string> _seen = new(StringComparer.OrdinalIgnoreCase) { name };

    /// <summary>The name that matters now.</summary>
    internal string Name { get; private set; } = name;

    /// <summary>The least of the records followed.</summary>
    internal TimeSpan TimeToLive { get; private set; } = TimeSpan.MaxValue;

    /// <summary>Every response so far was vouched for: the chain is as weak as its weakest link.</summary>
    internal bool IsAuthenticated { get; private set; } = true;

    /// <summary>At least one alias was followed.</summary>
    internal bool HasMoved => _seen.Count > 1;

    /// <summary>One more response speaks about this chain.</summary>
    internal void Hear(bool isAuthenticated) => IsAuthenticated &= isAuthenticated;

    internal bool TryFollow(string target, TimeSpan timeToLive)
    {
        if (_seen.Count > MaxLength || !_seen.Add(target)) return false;
        Name = target;
        if (timeToLive < TimeToLive) TimeToLive = timeToLive;
        return true;
    }
}
