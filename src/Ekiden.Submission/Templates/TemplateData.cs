using System.Text.Json;
using Fluid;
using Fluid.Values;

namespace Ekiden.Submission.Templates;

/// <summary>The values that fill a template, read from JSON.</summary>
internal static class TemplateData
{
    /// <summary>Sets every property of the object as a variable; anything but an object sets none.</summary>
    public static void AddTo(TemplateContext context, JsonElement data)
    {
        if (data.ValueKind != JsonValueKind.Object) return;
        foreach (var property in data.EnumerateObject()) context.SetValue(property.Name, ToValue(property.Value));
    }

    private static FluidValue ToValue(JsonElement value) => value.ValueKind switch
    {
        JsonValueKind.String => new StringValue(value.GetString() ?? ""),
        JsonValueKind.Number => value.TryGetDecimal(out var number)
            ? NumberValue.Create(number)
            : new StringValue(value.GetRawText()),
        JsonValueKind.True => BooleanValue.True,
        JsonValueKind.False => BooleanValue.False,
        JsonValueKind.Array => new ArrayValue([.. value.EnumerateArray().Select(ToValue)]),
        JsonValueKind.Object => ToDictionary(value),
        _ => NilValue.Instance,
    };

    private static DictionaryValue ToDictionary(JsonElement value)
    {
        var values = new Dictionary<string, FluidValue>(StringComparer.Ordinal);
        foreach (var property in value.EnumerateObject()) values[property.Name] = ToValue(property.Value);
        return new DictionaryValue(new FluidValueDictionaryFluidIndexable(values));
    }
}
