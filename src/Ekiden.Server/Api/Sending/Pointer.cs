namespace Ekiden.Server.Api.Sending;

/// <summary>JSON pointers: RFC 6901.</summary>
internal static class Pointer
{
    /// <summary>A key as a part of a pointer; control characters are shown as <c>?</c>.</summary>
    public static string Escape(string key) => string.Concat(key.Select(letter => letter switch
    {
        '~' => "~0",
        '/' => "~1",
        _ when char.IsControl(letter) => "?",
        _ => letter.ToString(),
    }));
}
