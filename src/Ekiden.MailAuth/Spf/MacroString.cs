using System.Collections.Immutable;

namespace Ekiden.MailAuth.Spf;

/// <summary>Text with macros, read but not yet expanded: RFC 7208 §7.1.</summary>
internal sealed record MacroString(ImmutableArray<MacroPiece> Pieces)
{
    /// <summary>It needs the validated name of the client, which must be looked up.</summary>
    internal bool NeedsClientName => Pieces.Any(piece => piece is MacroPiece.Macro { Letter: 'p' });

    /// <summary>It needs the local part of the sender.</summary>
    internal bool NeedsLocalPart => Pieces.Any(piece => piece is MacroPiece.Macro { Letter: 's' or 'l' });
}

/// <summary>A part of a <see cref="MacroString"/>.</summary>
internal abstract record MacroPiece
{
    private MacroPiece() { } // closed: every case is below

    /// <summary>Text that stands for itself, escapes undone.</summary>
    internal sealed record Literal(string Text) : MacroPiece;

    /// <summary>A value, cut into parts and put together again.</summary>
    /// <param name="Letter">What it stands for, in lower case.</param>
    /// <param name="IsEscaped">For a URL: the letter was in upper case.</param>
    /// <param name="Parts">How many parts are kept, from the right.</param>
    /// <param name="IsReversed">The parts are turned round first.</param>
    /// <param name="Delimiters">Where it is cut.</param>
    internal sealed record Macro(char Letter, bool IsEscaped, int Parts, bool IsReversed, string Delimiters)
        : MacroPiece;
}
