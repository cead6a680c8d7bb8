using Ekiden.Delivery.Security.Dane;
using Ekiden.Smtp.Client;

namespace Ekiden.Delivery.Tests.Security;

/// <summary>
/// The blocks of tests/cases/dane-openssl. SMTP differs from OpenSSL's default in two rules: records of usage 0 and 1
/// are unusable (RFC 7672 §3.1.3), and where usage 3 matches nobody looks at the name (§3.1.1).
/// </summary>
public sealed class DaneSuiteTests
{
    private const int WrongName = 62; // X509_V_ERR_HOSTNAME_MISMATCH

    private static readonly Dictionary<string, DaneBlock> Blocks = DaneBlock.ReadAll()
        .ToDictionary(block => block.Name);

    public static TheoryData<string> Names => [.. Blocks.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void A_chain_is_judged_as_OpenSSL_judges_it(string name)
    {
        var block = Blocks[name];
        var usable = TlsaRecords.Usable([.. block.Records]);
        if (usable.IsEmpty)
        {
            Assert.All(block.Records, record => Assert.False(IsForSmtp(record.Usage) && IsSound(block)));
            return;
        }
        var objection = new DaneJudge(usable, ["example.com"], TimeProvider.System).Judge(block.Chain);
        if (block.Records.Any(record => !IsForSmtp(record.Usage)) && block.Result == 0)
            return; // OpenSSL may have accepted by a record that does not count here
        var isAccepted = block.Result == 0 || (block is { Result: WrongName, Depth: 0 } && IsEndEntity(block));
        Assert.Equal(isAccepted ? null : "an objection", objection is null ? null : "an objection");
        if (block.Result == WrongName && !isAccepted) Assert.Equal(CertificateFault.WrongName, objection?.Fault);
    }

    private static bool IsForSmtp(byte usage) => usage is 2 or 3;

    private static bool IsEndEntity(DaneBlock block) => block.Records.Any(record => record.Usage == 3);

    // a block whose records are of usage 2 or 3 and all malformed has no result of 0
    private static bool IsSound(DaneBlock block) => block.Result == 0;
}
