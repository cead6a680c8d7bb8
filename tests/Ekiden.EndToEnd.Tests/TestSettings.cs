namespace Ekiden.EndToEnd.Tests;

/// <summary>A temporary folder with an <c>ekiden.toml</c> and a data directory, gone when the test is over.</summary>
public sealed class TestSettings : IDisposable
{
    private readonly string _folder = System.IO.Directory.CreateTempSubdirectory("ekiden-test-").FullName;

    /// <param name="toml">All but <c>[server]</c> and <c>[http]</c>, which are the same for every test.</param>
    public TestSettings(string toml)
    {
        File = Path.Combine(_folder, "ekiden.toml");
        Write(toml);
    }

    /// <summary>The settings file.</summary>
    public string File { get; }

    /// <summary>The data directory.</summary>
    public string Data => Path.Combine(_folder, "data");

    /// <summary>Writes the file anew, for a reload.</summary>
    public void Write(string toml) => System.IO.File.WriteAllText(File, $"""
        [server]
        host_name = "relay.test"
        data_directory = "{Data}"
        [http]
        address = "127.0.0.1:0"

        """ + toml);

    /// <inheritdoc/>
    public void Dispose() => System.IO.Directory.Delete(_folder, recursive: true);
}
