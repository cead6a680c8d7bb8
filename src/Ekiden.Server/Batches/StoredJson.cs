using System.Text.Json.Serialization;

namespace Ekiden.Server.Batches;

/// <summary>The files of batches and templates as JSON.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(BatchRecord))]
[JsonSerializable(typeof(BatchState))]
[JsonSerializable(typeof(StoredTemplate))]
internal sealed partial class StoredJson : JsonSerializerContext;
