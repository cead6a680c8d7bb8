using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>Reads one address or an array of them, as every sending API does; writes an array.</summary>
public sealed class AddressListConverter : JsonConverter<IReadOnlyList<ApiAddress>>
{
    private static readonly ApiAddressConverter One = new();

    /// <inheritdoc/>
    public override IReadOnlyList<ApiAddress> Read(
        ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType != JsonTokenType.StartArray) return [One.Read(ref reader, typeof(ApiAddress), options)];
        var addresses = new List<ApiAddress>();
        while (reader.Read() && reader.TokenType != JsonTokenType.EndArray)
            addresses.Add(One.Read(ref reader, typeof(ApiAddress), options));
        return addresses;
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, IReadOnlyList<ApiAddress> value, JsonSerializerOptions options)
    {
        writer.WriteStartArray();
        foreach (var address in value) One.Write(writer, address, options);
        writer.WriteEndArray();
    }
}
