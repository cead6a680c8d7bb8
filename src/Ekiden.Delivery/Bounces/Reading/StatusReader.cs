namespace Ekiden.Delivery.Bounces.Reading;

/// <summary>
/// Reads the fields of a notification, from the part for machines or from wherever else a program has put them.
/// </summary>
internal static class StatusReader
{
    private const int MaxGroups = 2000;

    /// <summary>
    /// Every group of fields: they end at an empty line, and where the next recipient begins without one.
    /// </summary>
    /// <param name="text">Lines; those that are no field of a notification are passed over.</param>
    public static List<StatusFields> Read(string text)
    {
        var groups = new List<StatusFields>();
        var group = new StatusFields();
        string? name = null;
        var value = "";
        foreach (var range in text.AsSpan().Split('\n'))
        {
            var line = text.AsSpan(range);
            if (line.StartsWith("> ")) line = line[2..];
            if (groups.Count >= MaxGroups) break;
            if (name is not null && !line.IsEmpty && line[0] is ' ' or '\t')
            {
                if (value.Length < 8192) value = $"{value}\n{line.Trim()}";
                continue;
            }
            Take();
            if (line.IsWhiteSpace())
            {
                Close();
                continue;
            }
            var colon = line.IndexOf(':');
            name = colon > 0 && StatusFields.IsKnown(line[..colon].Trim()) ? line[..colon].Trim().ToString() : null;
            value = colon > 0 ? line[(colon + 1)..].Trim().ToString() : "";
        }
        Take();
        Close();
        return groups;

        void Take()
        {
            if (name is null) return;
            var beginsNext = IsRecipient(name) || name.Equals("Action", StringComparison.OrdinalIgnoreCase);
            if (beginsNext && group.Has(name)) Close();
            group.Add(name, value);
            name = null;
        }

        void Close()
        {
            if (group.IsAboutRecipient || group.IsAboutDelivery || group.Has("Reporting-MTA")) groups.Add(group);
            group = new StatusFields();
        }
    }

    private static bool IsRecipient(string name) => name.EndsWith("-Recipient", StringComparison.OrdinalIgnoreCase);
}
