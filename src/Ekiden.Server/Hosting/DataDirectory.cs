using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail;
using Ekiden.Spool;

namespace Ekiden.Server.Hosting;

/// <summary>The files of one installation beside its mail: <c>[server] data_directory</c>, mode 0700.</summary>
internal sealed class DataDirectory
{
    private const string TokenFile = "admin.token";
    private const string InstallationFile = "installation.id";
    private const string SealingKeyFile = "sealing.key";
    private const string AddressFile = "http.address";

    private readonly string _path;

    /// <summary>Makes the directory when it is not there.</summary>
    /// <exception cref="IOException">It cannot be made.</exception>
    public DataDirectory(string path)
    {
        _path = Path.GetFullPath(path);
        DurableFile.CreateDirectory(_path);
    }

    /// <summary>A file or folder in it.</summary>
    public string PathOf(string name) => Path.Combine(_path, name);

    /// <summary>The operator's bearer token, made at the first start; the command line reads it from the
    /// file.</summary>
    public string AdminToken() => ReadOrMake(TokenFile, () =>
        "ekiden_admin_" + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));

    /// <summary>
    /// What encrypts the private DKIM keys in the database, made at the first start: 32 bytes, kept in a file of mode
    /// 0600 as hexadecimal digits.
    /// </summary>
    /// <exception cref="InvalidDataException">The file holds something else.</exception>
    public byte[] SealingKey()
    {
        var text = ReadOrMake(SealingKeyFile, () => Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(32)));
        return text.Length == 64 && text.All(char.IsAsciiHexDigit)
            ? Convert.FromHexString(text)
            : throw new InvalidDataException($"{PathOf(SealingKeyFile)}: 64 hexadecimal digits are expected");
    }

    /// <summary>The random word by which this installation knows its own <c>Received:</c> fields.</summary>
    public string InstallationId() => ReadOrMake(InstallationFile, () => Crockford.Encode(
        BitConverter.ToUInt128(RandomNumberGenerator.GetBytes(16))).ToLowerInvariant());

    /// <summary>Where the API listens, for the command line: needed when the port was chosen by the system.</summary>
    public void WriteHttpAddress(string address) => WriteSecret(AddressFile, address + "\n");

    /// <summary>Writes a small file that only its owner reads: whole or not at all (M-R7).</summary>
    public void WriteSecret(string name, string text) => DurableFile.Write(PathOf(name), Encoding.UTF8.GetBytes(text));

    private string ReadOrMake(string name, Func<string> make)
    {
        var path = PathOf(name);
        if (File.Exists(path) && File.ReadAllText(path).Trim() is { Length: > 0 } kept) return kept;
        var made = make();
        WriteSecret(name, made + "\n");
        return made;
    }
}
