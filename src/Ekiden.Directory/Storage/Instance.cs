namespace Ekiden.Directory.Storage;

/// <summary>The one row about this installation.</summary>
/// <param name="Id">Always 1.</param>
/// <param name="Secret">32 random bytes, made once: what made-up SCRAM credentials are derived from.</param>
internal sealed record Instance(int Id, byte[] Secret);
