using System.Text.Json;

namespace Ekiden.Verify;

/// <summary>What a check found.</summary>
/// <param name="Text">For people: a line, or a line for each signature.</param>
/// <param name="WriteJson">The same for programs: one object.</param>
internal sealed record VerifyReport(string Text, Action<Utf8JsonWriter> WriteJson);
