using System.Text.Json.Serialization;
using Ekiden.Delivery.Lanes.Learning;

namespace Ekiden.Delivery.Lanes;

/// <summary>How a learned lane is written, without reflection.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower, UseStringEnumConverter = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(LearnedLane))]
internal sealed partial class LearnedLaneJson : JsonSerializerContext;
