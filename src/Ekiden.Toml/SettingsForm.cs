using System.Diagnostics.CodeAnalysis;

namespace Ekiden.Toml;

/// <summary>How one kind of value is written.</summary>
/// <param name="Expected">What stands in a message after "expected".</param>
/// <param name="TryRead">Reads a value; false when it is not one.</param>
public sealed record SettingsForm<T>(string Expected, TryReadValue<T> TryRead);

/// <summary>Reads a value; false when it is not one.</summary>
public delegate bool TryReadValue<T>(TomlValue value, [NotNullWhen(true)] out T? result);

/// <summary>Reads a text; false when it is not one of these.</summary>
public delegate bool TryReadText<T>(string text, [NotNullWhen(true)] out T? result);
