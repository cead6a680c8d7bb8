namespace Ekiden.Cli.Tests;

public sealed class ProgramNameTests
{
    [Fact]
    public void The_name_has_no_folder_and_no_extension() =>
        Assert.Matches("^[^/.]+(\\.[^/.]+)*$", ProgramName.Read());
}
