namespace Ekiden.Server.Hosting;

/// <summary>
/// Whose mail it is on listeners where nobody signs in: <c>[[listener]] account</c>, "default" when not set.
/// </summary>
internal sealed class ListenerAccounts(IReadOnlyDictionary<string, string> byListener)
{
    public string Of(string listener) => byListener.GetValueOrDefault(listener, "default");
}
