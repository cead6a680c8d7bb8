using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Tests;

/// <summary>
/// The exception of the client for content that must not go on the wire; only the client can make one.
/// </summary>
internal static class UnsendableContent
{
    public static ContentNotCanonicalException Exception() =>
        (ContentNotCanonicalException)Activator.CreateInstance(
            typeof(ContentNotCanonicalException),
            System.Reflection.BindingFlags.NonPublic | System.Reflection.BindingFlags.Instance,
            null, [7L, "a bare LF"], null)!;
}
