namespace Ekiden.Toml;

/// <summary>One value of the file or the environment, and where it stands.</summary>
public abstract record TomlValue
{
    private TomlValue(SettingsPlace place) // closed: every case is below
    {
        Place = place;
    }

    /// <summary>Where it stands.</summary>
    public SettingsPlace Place { get; init; }

    /// <summary>A text. One from the environment may stand for any other kind.</summary>
    public sealed record Text(SettingsPlace Place, string Value) : TomlValue(Place)
    {
        /// <summary>It was given as an environment variable, where everything is text.</summary>
        public bool IsFromEnvironment { get; init; }
    }

    /// <summary>A whole number.</summary>
    public sealed record Whole(SettingsPlace Place, long Value) : TomlValue(Place);

    /// <summary>A number with a point.</summary>
    public sealed record Real(SettingsPlace Place, double Value) : TomlValue(Place);

    /// <summary>true or false.</summary>
    public sealed record Flag(SettingsPlace Place, bool Value) : TomlValue(Place);

    /// <summary>A date or time: no setting is one.</summary>
    public sealed record Moment(SettingsPlace Place) : TomlValue(Place);

    /// <summary>An array, or the tables of <c>[[name]]</c>.</summary>
    public sealed record List(SettingsPlace Place) : TomlValue(Place)
    {
        /// <summary>In their order.</summary>
        public List<TomlValue> Items { get; } = [];
    }

    /// <summary>A table.</summary>
    public sealed record Table(SettingsPlace Place) : TomlValue(Place)
    {
        /// <summary>By their keys.</summary>
        public Dictionary<string, TomlValue> Entries { get; } = new(StringComparer.Ordinal);
    }

    /// <summary>What it is, for messages.</summary>
    public string Kind => this switch
    {
        Text => "a text",
        Whole or Real => "a number",
        Flag => "true or false",
        Moment => "a date",
        List => "a list",
        _ => "a table",
    };
}
