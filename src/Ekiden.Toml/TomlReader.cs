using Tomlyn.Parsing;
using Tomlyn.Syntax;

namespace Ekiden.Toml;

/// <summary>Turns TOML text into <see cref="TomlValue"/>s that remember their lines.</summary>
public static class TomlReader
{
    // The library throws on a backslash that the text ends with.
    private static DocumentSyntax? TryParse(string text, string source, SettingsProblems problems)
    {
        try
        {
            return SyntaxParser.Parse(text, source, validate: true);
        }
        catch (ArgumentOutOfRangeException)
        {
            problems.Error(new SettingsPlace(source, null), "", "a character behind a backslash cannot be read");
            return null;
        }
    }

    /// <summary>The whole text as one table; null, and every syntax error, when it is no TOML.</summary>
    /// <param name="source">The file's name, for messages.</param>
    public static TomlValue.Table? Read(string text, string source, SettingsProblems problems)
    {
        if (TryParse(text, source, problems) is not { } document) return null;
        if (document.HasErrors)
        {
            foreach (var message in document.Diagnostics)
            {
                if (message.Kind == DiagnosticMessageKind.Error)
                    problems.Error(new SettingsPlace(source, message.Span.Start.Line + 1), "", message.Message);
            }
            return null;
        }
        var root = new TomlValue.Table(new SettingsPlace(source, 1));
        AddAll(root, document.KeyValues, source);
        foreach (var table in document.Tables)
        {
            var place = PlaceOf(table, source);
            AddAll(Open(root, NamesOf(table.Name!), table is TableArraySyntax, place), table.Items, source);
        }
        return root;
    }

    private static void AddAll(TomlValue.Table table, SyntaxList<KeyValueSyntax> items, string source)
    {
        foreach (var item in items) Add(table, item, source);
    }

    private static void Add(TomlValue.Table table, KeyValueSyntax item, string source)
    {
        var names = NamesOf(item.Key!);
        var place = PlaceOf(item, source);
        var target = names.Count == 1 ? table : Open(table, names[..^1], isNew: false, place);
        target.Entries[names[^1]] = Convert(item.Value!, place, source);
    }

    // The table at the end of a path, made where it is missing; in a list, its last table is meant (TOML 1.0, "Array of
    // Tables").
    private static TomlValue.Table Open(TomlValue.Table root, List<string> names, bool isNew, SettingsPlace place)
    {
        var table = root;
        for (var i = 0; i < names.Count; i++)
        {
            var isLast = i == names.Count - 1;
            var found = table.Entries.GetValueOrDefault(names[i]);
            if (isLast && isNew)
            {
                var list = found as TomlValue.List ?? new TomlValue.List(place);
                table.Entries[names[i]] = list;
                list.Items.Add(new TomlValue.Table(place));
                return (TomlValue.Table)list.Items[^1];
            }
            if (found is TomlValue.List { Items: [.., TomlValue.Table last] }) found = last;
            if (found is not TomlValue.Table next) table.Entries[names[i]] = next = new TomlValue.Table(place);
            table = next;
        }
        return table;
    }

    private static TomlValue Convert(ValueSyntax value, SettingsPlace place, string source) => value switch
    {
        StringValueSyntax text => new TomlValue.Text(place, text.Value ?? ""),
        IntegerValueSyntax whole => new TomlValue.Whole(place, whole.Value),
        FloatValueSyntax real => new TomlValue.Real(place, real.Value),
        BooleanValueSyntax flag => new TomlValue.Flag(place, flag.Value),
        ArraySyntax array => ConvertArray(array, place, source),
        InlineTableSyntax table => ConvertTable(table, place, source),
        _ => new TomlValue.Moment(place),
    };

    private static TomlValue.List ConvertArray(ArraySyntax array, SettingsPlace place, string source)
    {
        var list = new TomlValue.List(place);
        foreach (var item in array.Items) list.Items.Add(Convert(item.Value!, PlaceOf(item, source), source));
        return list;
    }

    private static TomlValue.Table ConvertTable(InlineTableSyntax inline, SettingsPlace place, string source)
    {
        var table = new TomlValue.Table(place);
        foreach (var item in inline.Items) Add(table, item.KeyValue!, source);
        return table;
    }

    private static List<string> NamesOf(KeySyntax key)
    {
        var names = new List<string> { NameOf(key.Key!) };
        foreach (var part in key.DotKeys) names.Add(NameOf(part.Key!));
        return names;
    }

    private static string NameOf(BareKeyOrStringValueSyntax name) => name switch
    {
        BareKeySyntax bare => bare.Key!.Text ?? "",
        StringValueSyntax quoted => quoted.Value ?? "",
        _ => name.ToString(),
    };

    private static SettingsPlace PlaceOf(SyntaxNode node, string source) => new(source, node.Span.Start.Line + 1);
}
