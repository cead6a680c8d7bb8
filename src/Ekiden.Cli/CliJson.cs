using System.Text.Json.Serialization;

namespace Ekiden.Cli;

/// <summary>The JSON of commands that ask no server.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(InitResponse))]
internal sealed partial class CliJson : JsonSerializerContext;

/// <summary>What <c>ekiden init</c> wrote.</summary>
internal sealed record InitResponse(string Path);
