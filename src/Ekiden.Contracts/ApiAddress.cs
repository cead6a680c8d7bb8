using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ekiden.Contracts;

/// <summary>
/// A mail address with or without a name. In JSON a text (<c>a@b</c>, <c>Name &lt;a@b&gt;</c>) or an object
/// <c>{"email", "name"}</c>.
/// </summary>
/// <param name="Email">The address; where <paramref name="Name"/> is null it may carry a name itself.</param>
/// <param name="Name">The name beside it; null in the text form.</param>
[JsonConverter(typeof(ApiAddressConverter))]
public sealed record ApiAddress(string Email, string? Name = null);

/// <summary>Reads both forms; writes the shorter one.</summary>
public sealed class ApiAddressConverter : JsonConverter<ApiAddress>
{
    /// <inheritdoc/>
    public override ApiAddress Read(ref Utf8JsonReader reader, Type typeToConvert, JsonSerializerOptions options)
    {
        if (reader.TokenType == JsonTokenType.String) return new ApiAddress(reader.GetString() ?? "");
        if (reader.TokenType != JsonTokenType.StartObject) throw new JsonException("Expected an address");
        string? email = null, name = null;
        while (reader.Read() && reader.TokenType == JsonTokenType.PropertyName)
        {
            var isEmail = reader.ValueTextEquals("email"u8);
            if (!isEmail && !reader.ValueTextEquals("name"u8)) throw new JsonException("An address has email and name");
            if (!reader.Read() || reader.TokenType != JsonTokenType.String) throw new JsonException("Expected a text");
            if ((isEmail ? email : name) is not null) throw new JsonException("A field stands twice");
            if (isEmail) email = reader.GetString();
            else name = reader.GetString();
        }
        return new ApiAddress(email ?? throw new JsonException("An address needs an email"), name ?? "");
    }

    /// <inheritdoc/>
    public override void Write(Utf8JsonWriter writer, ApiAddress value, JsonSerializerOptions options)
    {
        if (value.Name is null)
        {
            writer.WriteStringValue(value.Email);
            return;
        }
        writer.WriteStartObject();
        writer.WriteString("email"u8, value.Email);
        if (value.Name.Length > 0) writer.WriteString("name"u8, value.Name);
        writer.WriteEndObject();
    }
}
