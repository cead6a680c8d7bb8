using Fluid;
using Fluid.Values;

namespace Ekiden.Submission.Templates;

/// <summary>
/// Filters that refuse what has grown too large: a text that is appended to itself sixty times would need more memory
/// than there is, in sixty steps.
/// </summary>
internal static class BoundedFilters
{
    private const int LongestText = 1 << 20;
    private const int LongestList = 10_000;

    /// <summary>Puts the check before every filter there is.</summary>
    public static void Bound(FilterCollection filters)
    {
        foreach (var (name, filter) in filters.ToArray())
        {
            filters.AddFilter(name, (input, arguments, context) =>
            {
                Check(input);
                for (var place = 0; place < arguments.Count; place++) Check(arguments.At(place));
                return filter(input, arguments, context);
            });
        }
    }

    private static void Check(FluidValue value)
    {
        var length = 0L;
        if (value is ArrayValue list)
        {
            if (list.Values.Count > LongestList) throw new InvalidOperationException("A list has grown too long");
            foreach (var item in list.Values)
                if (item is StringValue part) length += part.ToStringValue().Length;
        }
        else if (value is StringValue text)
        {
            length = text.ToStringValue().Length;
        }
        if (length > LongestText) throw new InvalidOperationException("A text has grown too long");
    }
}
