using System.Buffers;
using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using Ekiden.Mail.Headers;
using Ekiden.MailAuth.Arc;
using Ekiden.MailAuth.Dkim;
using Ekiden.Testing;

namespace Ekiden.MailAuth.Tests.Interop;

/// <summary>OpenDKIM and dkimpy verify what we sign, and we verify what they sign.</summary>
[Trait("needs", "outside")]
public sealed class OtherImplementationTests : IDisposable
{
    private const int Letters = 1000;
    private const int Seals = 100;

    private readonly DirectoryInfo _folder = Directory.CreateTempSubdirectory("ekiden-mailauth-");
    private readonly DkimKey _rsa;
    private readonly DkimKey _ed25519;

    public OtherImplementationTests()
    {
        using var rsa = RSA.Create(2048);
        var seed = RandomNumberGenerator.GetBytes(32);
        Write("rsa.pem", rsa.ExportRSAPrivateKeyPem());
        Write("ed25519.key", Convert.ToBase64String(seed));
        Assert.True(DkimKey.TryImport(rsa.ExportRSAPrivateKeyPem(), out _rsa!, out _));
        Assert.True(DkimKey.TryImport(Convert.ToBase64String(seed), out _ed25519!, out _));
        Write("zone.txt", $"rsa._domainkey.d.test {_rsa.PublicRecord}\ned._domainkey.d.test {_ed25519.PublicRecord}\n");
    }

    public void Dispose()
    {
        _rsa.Dispose();
        _ed25519.Dispose();
        _folder.Delete(recursive: true);
    }

    [Fact]
    public async Task Dkimpy_verifies_a_thousand_varied_letters_that_we_sign()
    {
        WriteLetters(Letters, letter => SignedLetters.Sign(letter, _rsa, _ed25519));
        var lines = await RunAsync("/usr/bin/python3", Script, "verify", _folder.FullName);
        Assert.Equal(Letters, lines.Length);
        Assert.All(lines, line => Assert.EndsWith(".eml True True", line));
    }

    [Fact]
    public async Task Opendkim_verifies_a_thousand_varied_letters_that_we_sign()
    {
        WriteLetters(Letters, letter => SignedLetters.Sign(letter, _rsa, _ed25519));
        var lines = await RunOpenDkimAsync($"Mode v\nTestPublicKeys {_folder.FullName}/zone.txt\n");
        var verdicts = lines.Where(line => line.Contains("verification", StringComparison.Ordinal)).ToList();
        Assert.Equal(Letters, verdicts.Count);
        Assert.All(verdicts, line => Assert.EndsWith("(s=rsa, d=d.test, 2048-bit key) succeeded", line));
    }

    [Fact]
    public async Task We_verify_a_thousand_varied_letters_that_dkimpy_signs()
    {
        WriteLetters(Letters, letter => letter);
        await RunAsync("/usr/bin/python3", Script, "sign", _folder.FullName);
        foreach (var file in _folder.GetFiles("*.eml"))
            await AssertPassesAsync(file.Name, await ReadAsync(file.FullName));
    }

    // A filter is given values without the blank before them, so OpenDKIM cannot sign odd headers in simple form.
    [Theory]
    [InlineData("relaxed/simple")]
    [InlineData("relaxed/relaxed")]
    public async Task We_verify_varied_letters_that_opendkim_signs(string form)
    {
        const int Count = Letters / 2;
        WriteLetters(Count, letter => letter);
        var output = string.Join('\n', await RunOpenDkimAsync($"""
            Mode s
            Domain d.test
            Selector rsa
            KeyFile {_folder.FullName}/rsa.pem
            RequireSafeKeys no
            SignatureAlgorithm rsa-sha256
            Canonicalization {form}

            """));
        var signed = output.Split("opendkim: ", StringSplitOptions.RemoveEmptyEntries);
        Assert.Equal(Count, signed.Length);
        foreach (var text in signed)
        {
            // a line with the file's name, then the field as it would be added
            var end = text.IndexOf('\n', StringComparison.Ordinal);
            var name = text[..end].Trim().TrimEnd(':');
            var field = Encoding.Latin1.GetBytes(text[(end + 1)..].Trim('\n').ReplaceLineEndings("\r\n") + "\r\n");
            var letter = await ReadAsync(Path.Combine(_folder.FullName, name));
            await AssertPassesAsync(name, [.. field, .. letter]);
        }
    }

    [Fact]
    public async Task Dkimpy_verifies_the_chains_that_we_seal()
    {
        var sealer = new ArcSealer(new DkimIdentity("d.test", "rsa", _rsa), "mx.test", TimeProvider.System);
        var verifier = new ArcVerifier(Resolver());
        WriteLetters(Seals, letter =>
        {
            for (var i = 0; i < 3; i++)
            {
                var chain = verifier.VerifyAsync(letter, CancellationToken.None).GetAwaiter().GetResult();
                var output = new ArrayBufferWriter<byte>();
                var findings = new AuthenticationFindings
                {
                    Arc = chain,
                    Dkim = [new DkimVerdict(DkimResult.Pass, null)],
                };
                Assert.True(sealer.TrySeal(HeaderBlock.Read(letter), SignedLetters.BodyHash(letter), findings, output));
                letter = [.. output.WrittenSpan, .. letter];
            }
            return letter;
        });
        var lines = await RunAsync("/usr/bin/python3", Script, "seals", _folder.FullName);
        Assert.Equal(Seals, lines.Length);
        Assert.All(lines, line => Assert.Contains(".eml pass ", line, StringComparison.Ordinal));
    }

    private static string Script => Path.Combine(AppContext.BaseDirectory, "Interop", "dkimpy.py");

    private FakeResolver Resolver()
    {
        var zone = new FakeDnsZone();
        zone.Add("rsa._domainkey.d.test", new FakeDnsRecord("TXT", _rsa.PublicRecord, TimeSpan.FromMinutes(5)));
        zone.Add("ed._domainkey.d.test", new FakeDnsRecord("TXT", _ed25519.PublicRecord, TimeSpan.FromMinutes(5)));
        return new FakeResolver(zone);
    }

    private async Task AssertPassesAsync(string name, byte[] message)
    {
        var verdicts = await new DkimVerifier(Resolver(), TimeProvider.System).VerifyAsync(
            message, TestContext.Current.CancellationToken);
        var verdict = Assert.Single(verdicts);
        Assert.True(verdict.Result == DkimResult.Pass, $"{name}: {verdict}");
    }

    private static Task<byte[]> ReadAsync(string path) =>
        File.ReadAllBytesAsync(path, TestContext.Current.CancellationToken);

    private void WriteLetters(int count, Func<byte[], byte[]> change)
    {
        for (var i = 0; i < count; i++)
            File.WriteAllBytes(Path.Combine(_folder.FullName, $"{i}.eml"), change(VariedLetters.Of(i)));
    }

    private void Write(string name, string text) => File.WriteAllText(Path.Combine(_folder.FullName, name), text);

    private async Task<string[]> RunOpenDkimAsync(string settings)
    {
        Write("opendkim.conf", settings);
        var lines = new List<string>();
        foreach (var names in _folder.GetFiles("*.eml").Select(file => file.Name).Chunk(200))
            lines.AddRange(await RunAsync("/usr/sbin/opendkim", "-x", "opendkim.conf", "-t", string.Join(',', names)));
        return [.. lines];
    }

    // Standard output and standard error together; the program must end well.
    private async Task<string[]> RunAsync(string program, params string[] arguments)
    {
        using var process = new Process
        {
            StartInfo = new ProcessStartInfo(program, arguments)
            {
                RedirectStandardOutput = true,
                RedirectStandardError = true,
                WorkingDirectory = _folder.FullName,
            },
        };
        process.Start(); // throws when it is not installed: eng/test-packages.txt
        var output = process.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        var error = process.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await process.WaitForExitAsync(TestContext.Current.CancellationToken);
        Assert.True(process.ExitCode == 0, await output + await error);
        return (await output + await error).Split('\n', StringSplitOptions.RemoveEmptyEntries);
    }
}
