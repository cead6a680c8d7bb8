using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>Reads one address or an array of them, as every sending API does; writes an array.</summary>
public sealed class AddressListConverter : JsonConverter<IReadOnlyList<string>>
{
    /// <inheritdoc/>
    public override IReadOnlyList<string> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return [Text(ref reader)];
        if (reader.TokenType != JsonTokenType.StartArray) throw new JsonException("Expected an address or an array");
        var addresses = new List<string>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray) addresses.Add(Text(ref reader));
        return addresses;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<string> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var address in value) writer.WriteStringValue(address);
        writer.WriteEndArray();
    }

    private static string Text(ref Utf8JsonReader reader) =>
        reader.TokenType == JsonTokenType.String
            ? reader.GetString() ?? ""
            : throw new JsonException("Expected an address");
}
