namespace Ekiden.Server.Signing;

/// <summary>How mail is signed: <c>[dkim]</c>.</summary>
internal sealed record SigningOptions
{
    /// <summary>How long signatures hold (<c>x=</c>); null: without an end.</summary>
    public TimeSpan? SignatureLifetime { get; init; }

    /// <summary>A registered domain of the operator that signs beside the author's; null: none.</summary>
    public string? SecondDomain { get; init; }

    /// <summary>Keys that have signed for so long are followed by new ones; null: when the operator says.</summary>
    public TimeSpan? RotateEvery { get; init; }
}
