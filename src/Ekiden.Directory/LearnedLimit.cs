namespace Ekiden.Directory;

/// <summary>What was learned of one receiving site for one source.</summary>
/// <param name="Source">The name of the source.</param>
/// <param name="Site">The name of the site.</param>
/// <param name="State">What was learned, as whoever learned it writes it.</param>
/// <param name="ChangedAt">When.</param>
public sealed record LearnedLimit(string Source, string Site, string State, DateTimeOffset ChangedAt);
