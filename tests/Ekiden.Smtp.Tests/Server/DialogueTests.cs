using Ekiden.Testing;

namespace Ekiden.Smtp.Tests.Server;

public sealed class DialogueTests
{
    private static readonly string Folder = Path.Combine(AppContext.BaseDirectory, "cases", "dialogues");

    public static TheoryData<string> Names() => [.. DialogueFile.Names(Folder)];

    [Theory]
    [MemberData(nameof(Names))]
    public Task Dialogue_goes_as_written(string name) => DialogueFile.RunAsync(Folder, name);
}
