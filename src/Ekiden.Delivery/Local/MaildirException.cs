namespace Ekiden.Delivery.Local;

/// <summary>A system call for a Maildir failed.</summary>
internal sealed class MaildirException : Exception
{
    /// <summary>That call.</summary>
    /// <param name="what">What was to be done.</param>
    /// <param name="error">errno.</param>
    public MaildirException(string what, int error)
        : base($"{what}: error {error.ToString(System.Globalization.CultureInfo.InvariantCulture)}") => Error = error;

    /// <summary>errno.</summary>
    public int Error { get; }
}
