using System.Collections.Frozen;

namespace Ekiden.Server.Hosting;

/// <summary>Whose mail it is on listeners where nobody signs in: <c>[[listener]] account</c>, "default" when not
/// set.</summary>
internal sealed class ListenerAccounts(IReadOnlyDictionary<string, string> byListener)
{
    private volatile FrozenDictionary<string,
        string> _byListener = byListener.ToFrozenDictionary(StringComparer.Ordinal);

    public string Of(string listener) => _byListener.GetValueOrDefault(listener, "default");

    public void Reconfigure(IReadOnlyDictionary<string, string> changed) =>
        _byListener = changed.ToFrozenDictionary(StringComparer.Ordinal);
}
