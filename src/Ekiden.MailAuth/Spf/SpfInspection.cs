using System.Collections.Immutable;

namespace Ekiden.MailAuth.Spf;

/// <summary>What a domain publishes for SPF, for telling its owner.</summary>
/// <param name="Record">The record's text; null when there is none, or it could not be had.</param>
/// <param name="Problem">
/// What makes receivers answer <c>permerror</c> or <c>temperror</c>, in a few words; null when nothing does.
/// </param>
public sealed record SpfInspection(string? Record, string? Problem)
{
    /// <summary>Terms that ask the name service, those of included records too; receivers stop at 10.</summary>
    public int Lookups { get; init; }

    /// <summary>Every domain whose record is included or redirected to, at any depth, in order.</summary>
    public ImmutableArray<string> Includes { get; init; } = [];

    /// <summary>
    /// What clients get that nothing else matches: the qualifier of <c>all</c>, of the record redirected to if it goes
    /// there; null without either.
    /// </summary>
    public SpfResult? All { get; init; }
}
