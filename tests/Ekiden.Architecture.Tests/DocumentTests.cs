using System.Diagnostics;

namespace Ekiden.Architecture.Tests;

/// <summary>Pages that would go stale without anybody noticing.</summary>
public sealed class DocumentTests
{
    private static readonly string[] DecisionSections =
        ["## Problem", "## Choice", "## What it costs", "## What we rejected"];

    // A comment cites a section; the table says what the RFC is about, and where it matters.
    [Fact]
    public async Task The_table_of_RFCs_has_a_row_for_every_RFC_that_the_code_cites()
    {
        var start = new ProcessStartInfo(Path.Combine(Repository.Root, "eng/rfc-table"), ["--check"])
        {
            RedirectStandardOutput = true,
        };
        using var process = Process.Start(start)!; // null only for a shell's documents
        var difference = await process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(
            process.ExitCode == 0,
            $"Run eng/rfc-table and commit docs/rfc.md (new titles go to eng/rfc-titles.txt):\n{difference}");
    }

    // The two are written in step; a language may say a thing in more or fewer words, but not in other chapters.
    [Fact]
    public void The_Japanese_readme_has_the_chapters_of_the_English_one()
    {
        var english = Skeleton("README.md");
        var japanese = Skeleton("README.ja.md");
        Assert.True(
            english.SequenceEqual(japanese),
            $"Keep README.ja.md in step.\n  en: {string.Join(' ', english)}\n  ja: {string.Join(' ', japanese)}");
    }

    [Fact]
    public void A_decision_says_problem_choice_cost_and_what_was_rejected() => Repository.AssertNone(
        from file in Repository.Files
        where file.StartsWith("docs/decisions/", StringComparison.Ordinal) && Path.GetFileName(file) != "README.md"
        let headings = Repository.Lines(file).Where(line => line.StartsWith("## ", StringComparison.Ordinal))
        where !headings.SequenceEqual(DecisionSections) || !char.IsAsciiDigit(Path.GetFileName(file)[3])
        select file,
        $"Name it NNNN-title.md, with exactly the chapters {string.Join(", ", DecisionSections)}:");

    // Headings by depth, tables by rows, blocks of code by lines.
    private static List<string> Skeleton(string file)
    {
        var parts = new List<string>();
        var isInCode = false;
        var codeLines = 0;
        foreach (var line in Repository.Lines(file))
        {
            if (line.StartsWith("```", StringComparison.Ordinal))
            {
                if (isInCode) parts.Add($"code:{codeLines}");
                isInCode = !isInCode;
                codeLines = 0;
            }
            else if (isInCode)
            {
                codeLines++;
            }
            else if (line.StartsWith('#'))
            {
                parts.Add(line[..line.IndexOf(' ', StringComparison.Ordinal)]);
            }
            else if (line.StartsWith('|'))
            {
                parts.Add("|");
            }
        }
        return parts;
    }
}
