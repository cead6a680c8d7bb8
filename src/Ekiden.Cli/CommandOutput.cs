using System.Text.Json;
using System.Text.Json.Serialization.Metadata;
using Ekiden.Cli.Api;
using Ekiden.Contracts;
using Spectre.Console;

namespace Ekiden.Cli;

/// <summary>
/// Prints what commands found: for people a table or a line, with <c>--json</c> one JSON value on one line. Trouble
/// goes to standard error, with <c>--json</c> as a problem object to standard output (DESIGN §9.1).
/// </summary>
internal sealed class CommandOutput(CliHost host, bool isJson)
{
    // A pipe has no width: lines are not broken there, so that grep and cut work.
    private const int PipeWidth = 4096;

    /// <summary>Prints the value, or the problem.</summary>
    /// <returns>The exit code.</returns>
    public int Print<T>(ApiResult<T> result, JsonTypeInfo<T> type, Action<T> forPeople)
    {
        if (result is not ApiResult<T>.Done { Value: var value }) return Fail(((ApiResult<T>.Failed)result).Problem);
        if (isJson) PrintJson(value, type);
        else forPeople(value);
        return ExitCodes.Done;
    }

    /// <summary>Prints the page's items as a JSON array, or a table of them and their details.</summary>
    /// <returns>The exit code.</returns>
    public int PrintAll<T>(
        ApiResult<Page<T>> result, JsonTypeInfo<T> type, (string Heading, Func<T, string?> Cell)[] columns,
        Action<T>? details = null)
    {
        if (result is not ApiResult<Page<T>>.Done { Value: var page })
            return Fail(((ApiResult<Page<T>>.Failed)result).Problem);
        var items = isJson ? page.Data.Select(item => JsonSerializer.Serialize(item, type)) : [];
        if (isJson) host.Output.WriteLine($"[{string.Join(',', items)}]");
        else PrintTable(page.Data, columns);
        if (!isJson && details is not null) foreach (var item in page.Data) details(item);
        if (page.HasMore) host.Error.WriteLine("There is more: use --limit, or a narrower filter.");
        return ExitCodes.Done;
    }

    /// <summary>Prints one JSON value on one line.</summary>
    public void PrintJson<T>(T value, JsonTypeInfo<T> type) =>
        host.Output.WriteLine(JsonSerializer.Serialize(value, type));

    /// <summary>Prints one line for people.</summary>
    public void PrintLine(string text) => host.Output.WriteLine(Printable.Of(text));

    /// <summary>Says something beside the data.</summary>
    public void Say(string text) => host.Error.WriteLine(Printable.Of(text));

    /// <summary>Prints a table for people; without rows nothing.</summary>
    public void PrintTable<T>(IReadOnlyCollection<T> rows, (string Heading, Func<T, string?> Cell)[] columns)
    {
        if (rows.Count == 0) return;
        var table = new Table { Border = TableBorder.None };
        foreach (var (heading, _) in columns)
            table.AddColumn(new TableColumn(new Text(heading.ToUpperInvariant())) { NoWrap = !host.IsTerminal });
        foreach (var row in rows)
            table.AddRow(columns.Select(column => new Text(Printable.Of(column.Cell(row) ?? "-"))));
        NewConsole().Write(table);
    }

    /// <summary>Says why it was not done.</summary>
    /// <returns>The exit code.</returns>
    public int Fail(Problem problem)
    {
        if (isJson)
        {
            PrintJson(problem, ApiJson.Default.Problem);
            return ExitCodes.Failed;
        }
        Say($"error: {problem.Title}{(problem.Detail is { Length: > 0 } detail ? $": {detail}" : "")}");
        foreach (var error in problem.Errors) Say($"  {error.Pointer}: {error.Detail}");
        return ExitCodes.Failed;
    }

    private IAnsiConsole NewConsole()
    {
        var console = AnsiConsole.Create(new AnsiConsoleSettings
        {
            Ansi = host.IsTerminal ? AnsiSupport.Detect : AnsiSupport.No,
            ColorSystem = host.IsTerminal ? ColorSystemSupport.Detect : ColorSystemSupport.NoColors,
            Interactive = InteractionSupport.No,
            Out = new AnsiConsoleOutput(host.Output),
        });
        if (!host.IsTerminal) console.Profile.Width = PipeWidth;
        return console;
    }
}
